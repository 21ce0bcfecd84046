import Foundation
import Offboarding
import Testing

@testable import VultrAPI

@Suite("URLs, paths and small texts")
struct BaseURLTests {
    @Test("https anywhere and http on loopback are bases; /v2 is added once")
    func bases() throws {
        let good = [
            "https://api.vultr.com": "https://api.vultr.com/v2", "https://api.vultr.com/": "https://api.vultr.com/v2",
            "HTTPS://api.vultr.com/v2": "https://api.vultr.com/v2",
            "https://api.vultr.com:8443/v2/": "https://api.vultr.com:8443/v2",
            "http://127.0.0.1:9000": "http://127.0.0.1:9000/v2", "http://localhost:9000": "http://localhost:9000/v2",
            "http://[::1]:9000": "http://[::1]:9000/v2", "http://127.9.8.7": "http://127.9.8.7/v2",
        ]
        for (given, root) in good { #expect(try BaseURL(given).root == root) }
    }

    @Test(
        "http elsewhere, other schemes, paths, queries, passwords and missing hosts are refused",
        arguments: [
            ("http://api.vultr.com", VultrConnectionError.Code.plainHTTP), ("http://127.0.0.1.example.com", .plainHTTP),
            ("http://128.0.0.1", .plainHTTP), ("http://127.1", .plainHTTP), ("http://[::2]", .plainHTTP),
            ("http://localhost.example.com", .plainHTTP), ("ftp://api.vultr.com", .unusableURL),
            ("api.vultr.com", .unusableURL), ("", .unusableURL), ("https://", .unusableURL),
            ("https://api.vultr.com/v1", .unusableURL), ("https://api.vultr.com/v2/users", .unusableURL),
            ("https://api.vultr.com?x=1", .unusableURL), ("https://api.vultr.com/#x", .unusableURL),
            ("https://user:sesame@api.vultr.com", .unusableURL), ("http://127.0.0.1@example.com", .unusableURL),
            ("https://api vultr.com", .unusableURL), ("https://api.vultr.com%2fexample.com", .unusableURL),
        ]
    )
    func refused(url: String, code: VultrConnectionError.Code) async {
        let error = await refusal(of: .init(url: url))
        #expect(error?.code == code)
        #expect(error?.message.contains("sesame") == false)
    }

    @Test("a rate or a timeout out of range is refused")
    func limits() async {
        for configuration in [
            VultrConnection.Configuration(requestsPerSecond: 0),
            .init(requestsPerSecond: VultrConnection.mostRequestsPerSecond + 1), .init(timeout: 0),
            .init(timeout: -1), .init(timeout: .infinity), .init(timeout: .nan),
        ] {
            let error = await refusal(of: configuration)
            #expect(error?.code == .unusableLimit)
        }
    }

    /// Why a configuration is refused; `nil` where it is not.
    private func refusal(of configuration: VultrConnection.Configuration) async -> VultrConnectionError? {
        do throws(VultrConnectionError) {
            await (try VultrConnection(configuration, logger: LogKeeper().logger)).shutdown()
            return nil
        } catch {
            return error
        }
    }

    @Test("an id that could lead to another path is refused before anything is sent")
    func identifiers() async throws {
        let bad = [
            "", ".", "..", "...", "a/b", "a?b", "a#b", "a\\b", "a\nb", "a\u{0}b", "a\u{85}b",
            String(repeating: "a", count: 257),
        ]
        try await Bench.run(.always(.answer("204 No Content"))) { bench in
            let client = bench.client
            for text in bad {
                let errors = [
                    try await failure { try await client.remove(UserID(text), from: OrganizationID("o")) },
                    try await failure { try await client.remove(UserID("u"), from: OrganizationID(text)) },
                    try await failure { try await client.user(UserID(text)) },
                    try await failure { try await client.suspendedUsers(of: OrganizationID(text)) },
                ]
                for error in errors {
                    #expect(error.code == .operatorNeeded)
                    #expect(!error.mayHaveBeenApplied)
                }
            }
            #expect(bench.server.requests.isEmpty)
            _ = try await client.remove(UserID("a b%2F;é"), from: OrganizationID("O:1@x"))
            #expect(bench.server.requests.first?.target == "/v2/organizations/O%3A1%40x/user/a%20b%252F%3B%C3%A9")
        }
    }

    @Test("Retry-After is read as seconds and as a date, never earlier than now and never beyond the ceiling")
    func retryAfter() {
        let now = Date(timeIntervalSince1970: 784_111_777)  // Sun, 06 Nov 1994 08:49:37 GMT
        let cases: [(String?, TimeInterval?)] = [
            ("0", 0), ("5", 5), (" 12 ", 12), ("30", 30), ("31", 30), ("99999999999999999999999", 30),
            ("Sun, 06 Nov 1994 08:49:47 GMT", 10), ("Sun, 06 Nov 1994 08:49:07 GMT", 0),
            ("Mon, 07 Nov 1994 08:49:37 GMT", 30), ("Sun, 06 Nov 1994 08:49:37 GMT", 0), (nil, nil), ("", nil),
            ("-5", nil),
            ("1.5", nil), ("soon", nil), ("Sun, 06 Nov 1994 08:49:47 CET", nil), ("Sun, 6 Foo 1994 08:49:37 GMT", nil),
            ("Sun, 06 Nov 1994 25:49:37 GMT", nil),
        ]
        for (value, expected) in cases {
            #expect(RetryAfter.date(from: value, now: now)?.timeIntervalSince(now) == expected, "\(value ?? "none")")
        }
        let leap = Date(timeIntervalSince1970: 1_709_208_000)  // 2024-02-29T12:00:00Z
        #expect(RetryAfter.date(from: "Thu, 29 Feb 2024 12:00:30 GMT", now: leap)?.timeIntervalSince(leap) == 30)
    }

    @Test("the backoff grows to its ceiling and is jittered down to nothing")
    func backoff() {
        #expect((1...7).map { Backoff.seconds(after: $0, random: 1) } == [0.25, 0.5, 1, 2, 4, 4, 4])
        #expect(Backoff.seconds(after: 3, random: 0) == 0)
    }
}
