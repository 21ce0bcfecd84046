import Foundation
import Offboarding
import Synchronization
import Testing

@testable import VultrAPI

@Suite("The key and the texts")
struct SecretTests {
    private static let account = #"{"account":{"email":"ops@example.com"}}"#

    /// Gives one secret after the other, the last one for ever.
    private final class Rotation: Sendable {
        private let secrets: Mutex<[String]>

        init(_ secrets: [String]) { self.secrets = Mutex(secrets) }

        func next() -> String {
            secrets.withLock { secrets in
                let first = secrets.first ?? ""
                if secrets.count > 1 { secrets.removeFirst() }
                return first
            }
        }
    }

    @Test("a key cannot be compared with ==")
    func incomparable() {
        let type: Any.Type = Secret.self
        #expect(!(type is any Equatable.Type))
    }

    @Test("after 401 the secret is read again, and if it changed the call is made once more with the new one")
    func replaced() async throws {
        for removes in [false, true] {
            let rotation = Rotation(["OLD-KEY-1", "NEW-KEY-2"])
            try await Bench.run(
                secret: rotation.next,
                Script { request in
                    request.headers["authorization"] == "Bearer NEW-KEY-2"
                        ? .json(Self.account)
                        : .json(#"{"error":"Invalid API token.","status":401}"#, status: "401 Unauthorized")
                }
            ) { bench in
                if removes {
                    #expect(try await bench.client.remove(UserID("u"), from: OrganizationID("o")) == 200)
                } else {
                    #expect(try await bench.client.accountEmail() == "ops@example.com")
                }
                #expect(
                    bench.server.requests.map { $0.headers["authorization"] } == [
                        "Bearer OLD-KEY-1", "Bearer NEW-KEY-2",
                    ]
                )
                _ = try await bench.client.accountEmail()
                #expect(bench.server.requests.count == 3, "the new secret is kept")
            }
        }
    }

    @Test("after 401 with the same secret the call is not made again")
    func unchanged() async throws {
        try await Bench.run(.always(.json(#"{"error":"Invalid API token.","status":401}"#, status: "401 Unauthorized")))
        { bench in
            let error = try await failure { try await bench.client.users() }
            #expect(error.code == .operatorNeeded)
            #expect(error.status == 401)
            #expect(bench.server.requests.count == 1)
        }
    }

    @Test("a new secret that is refused too ends the call after two requests")
    func bothRefused() async throws {
        let rotation = Rotation(["OLD-KEY-1", "NEW-KEY-2"])
        try await Bench.run(secret: rotation.next, .always(.answer("401 Unauthorized"))) { bench in
            let error = try await failure { try await bench.client.users() }
            #expect(error.status == 401)
            #expect(bench.server.requests.count == 2)
        }
    }

    @Test("a secret that cannot be read or cannot be a header is an operator's business, and nothing is sent")
    func unreadable() async throws {
        let secrets: [@Sendable () throws -> String] = [
            { throw Unexpected("sesame") }, { "" }, { "two\r\nlines: sesame" }, { "sesame sesame" }, { "sésame" },
        ]
        for secret in secrets {
            try await Bench.run(secret: secret, .always(.json(Self.account))) { bench in
                let error = try await failure { try await bench.client.accountEmail() }
                #expect(error.code == .operatorNeeded)
                #expect(!error.message.contains("sesame") && !error.message.contains("sésame"))
                #expect(bench.server.requests.isEmpty)
            }
        }
    }

    @Test("neither key nor email is in any log line, error or description")
    func redaction() async throws {
        let echo = #"{"error":"Key KEY-0123456789 of avery.stone@example.com is bad\u0007\n\u202e now","status":403}"#
        try await Bench.run(
            Script { request in
                switch request.path {
                case "/v2/users":
                    .json(#"{"users":[{"id":"u-1","email":"avery.stone@example.com"}],"meta":{"total":1}}"#)
                case "/v2/account": .json(echo, status: "403 Forbidden")
                default: .html("500 Broken")
                }
            }
        ) { bench in
            #expect(try await bench.client.users().isProven)
            let error = try await failure { try await bench.client.accountEmail() }
            #expect(error.message == "GET /v2/account was refused: Key <key> of <removed> is bad now")
            _ = try await failure { try await bench.client.organizations() }
            var dumped = ""
            dump(bench.client, to: &dumped)
            dump(try Secret(Bench.key), to: &dumped)
            let texts = bench.log.lines + [error.description, "\(bench.client)", "\(try Secret(Bench.key))", dumped]
            #expect(bench.log.lines.count >= 6)
            for text in texts {
                #expect(!text.contains(Bench.key))
                #expect(!text.contains("@"))
            }
        }
    }

    @Test("an error's text is cut to 200 characters together with what we say")
    func length() async throws {
        let long = String(repeating: "long ", count: 200)
        try await Bench.run(.always(.json(#"{"error":"\#(long)"}"#, status: "400 Bad"))) { bench in
            let error = try await failure { try await bench.client.accountEmail() }
            #expect(error.message.count <= 200)
            #expect(error.message.hasPrefix("GET /v2/account was refused: long long"))
        }
    }

    @Test("a secret is compared whole")
    func comparing() throws {
        let secret = try Secret("abcdef")
        #expect(secret.matches(try Secret("abcdef")))
        for other in ["abcdeg", "bbcdef", "abcde", "abcdeff"] { #expect(!secret.matches(try Secret(other))) }
    }
}
