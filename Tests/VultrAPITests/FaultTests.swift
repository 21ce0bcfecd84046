import Foundation
import NIOCore
import NIOPosix
import Offboarding
import Synchronization
import Testing

@testable import VultrAPI

@Suite("Faults of single calls", .timeLimit(.minutes(15)))
struct FaultTests {
    private let user = UserID("u-1")
    private let organization = OrganizationID("o-1")
    private static let account = #"{"account":{"name":"Ops","email":"ops@example.com"}}"#

    @Test("a DELETE goes to the singular path with every header and no body, and 200, 202 and 204 are success")
    func removal() async throws {
        for status in ["200 OK", "202 Accepted", "204 No Content"] {
            try await Bench.run(.always(.answer(status, body: status.hasPrefix("204") ? "" : "not { json"))) { bench in
                #expect(try await bench.client.remove(user, from: organization) == Int(status.prefix(3)))
                let request = try #require(bench.server.requests.first)
                #expect(bench.server.requests.count == 1)
                #expect(request.method == "DELETE")
                #expect(request.target == "/v2/organizations/o-1/user/u-1")
                #expect(request.headers["authorization"] == "Bearer " + Bench.key)
                #expect(request.headers["content-type"] == "application/json")
                #expect(request.headers["accept"] == "application/json")
                #expect(request.headers["user-agent"] == "vultr-offboard")
                #expect(request.headers["transfer-encoding"] == nil)
                #expect(["0", nil].contains(request.headers["content-length"]))
            }
        }
    }

    @Test("a call that is made for one case carries the trace of the request that told of it, others none")
    func trace() async throws {
        let trace = TraceParent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
        try await Bench.run(.always(.answer("204 No Content", body: ""))) { bench in
            _ = try await bench.client.remove(user, from: organization)
            try await WorkContext.$current.withValue(WorkContext(caseID: CaseID("c_1"), trace: trace)) {
                _ = try await bench.client.remove(user, from: organization)
            }
            #expect(bench.server.requests.map { $0.headers["traceparent"] } == [nil, trace?.text])
        }
    }

    @Test(
        "a status decides the class, and a DELETE says whether it may have taken effect",
        arguments: [
            ("301 Moved", VultrError.Code.operatorNeeded, false), ("400 Bad", .operatorNeeded, false),
            ("401 Unauthorized", .operatorNeeded, false), ("403 Forbidden", .operatorNeeded, false),
            ("404 Not Found", .notFound, false), ("405 No", .operatorNeeded, false), ("409 No", .operatorNeeded, false),
            ("412 No", .operatorNeeded, false), ("422 No", .operatorNeeded, false), ("429 Slow", .rateLimited, false),
            ("500 Broken", .unavailable, true), ("502 Broken", .unavailable, true), ("503 Broken", .unavailable, true),
            ("504 Broken", .unavailable, true), ("206 Partial", .brokenAnswer, true),
        ]
    )
    func statuses(status: String, code: VultrError.Code, applied: Bool) async throws {
        try await Bench.run(.always(.html(status))) { bench in
            let error = try await failure { try await bench.client.remove(user, from: organization) }
            #expect(error.code == code)
            #expect(error.status == Int(status.prefix(3)))
            #expect(error.mayHaveBeenApplied == applied)
            #expect(!error.message.contains("Maintenance"))
            #expect(bench.server.requests.count == 1, "a DELETE is sent once")
        }
    }

    @Test("a GET that meets HTML 503, a cut, truncated JSON and then an answer succeeds at the fourth attempt")
    func retries() async throws {
        try await Bench.run(
            Script { request in
                switch request.number {
                case 1: .html("503 Service Unavailable")
                case 2: [.close]
                case 3: .json(#"{"account":{"email":"ops@"#)
                default: .json(Self.account)
                }
            }
        ) { (bench) async throws in
            #expect(try await bench.client.accountEmail() == "ops@example.com")
            #expect(bench.server.requests.count == 4)
            #expect(bench.time.retryWaits == [0.125, 0.25, 0.5])
        }
    }

    @Test("a GET ends after four attempts, and a broken answer is not retried for ever")
    func boundedRetries() async throws {
        try await Bench.run(.always(.html("200 OK"))) { bench in
            let error = try await failure { try await bench.client.accountEmail() }
            #expect(error.code == .brokenAnswer)
            #expect(bench.server.requests.count == Backoff.mostAttempts)
        }
    }

    @Test("a GET that a person must fix is not tried again")
    func noRetry() async throws {
        for status in ["403 Forbidden", "404 Not Found", "400 Bad"] {
            try await Bench.run(.always(.json(#"{"error":"no","status":400}"#, status: status))) { bench in
                _ = try await failure { try await bench.client.accountEmail() }
                #expect(bench.server.requests.count == 1)
            }
        }
    }

    @Test("a body cut in its middle is trouble that passes, for an announced length and for chunks")
    func cutBody() async throws {
        let cuts = [
            "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"account\":",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"acc",
        ]
        for cut in cuts {
            try await Bench.run(.always([.send(cut), .close])) { bench in
                let error = try await failure { try await bench.client.accountEmail() }
                #expect(error.code == .unavailable)
            }
        }
    }

    @Test("a DELETE whose connection is cut after it was sent may have been applied")
    func cutDelete() async throws {
        for steps in [[ScriptedServer.Step.close], [.send("HTTP/1.1 20"), .close]] {
            try await Bench.run(.always(steps)) { bench in
                let error = try await failure {
                    try await bench.client.remove(user, from: organization)
                }
                #expect(error.code == .unavailable)
                #expect(error.mayHaveBeenApplied)
                #expect(bench.server.requests.count == 1)
            }
        }
    }

    @Test(
        "a DELETE to a port where nobody listens was not applied, and fails at once",
        arguments: ["127.0.0.1", "localhost"]
    )
    func refused(host: String) async throws {
        let url = try await ScriptedServer.run(.always([])) { $0.url.replacingOccurrences(of: "127.0.0.1", with: host) }
        let connection = try VultrConnection(.init(url: url, timeout: 3_600), logger: LogKeeper().logger)
        let client = VultrKeyClient(name: "production", connection: connection) { Bench.key }
        let error = try await failure { try await client.remove(user, from: organization) }
        await connection.shutdown()
        #expect(error.code == .unavailable)
        #expect(error.message.contains("connection"))
        #expect(!error.mayHaveBeenApplied)
    }

    @Test("no answer within the timeout is trouble that passes, and a DELETE may have been applied")
    func timeout() async throws {
        try await Bench.run(timeout: 1, .always([])) { bench in
            let error = try await failure { try await bench.client.remove(user, from: organization) }
            #expect(error.code == .unavailable)
            #expect(error.mayHaveBeenApplied)
            #expect(bench.server.requests.count == 1)
        }
    }

    @Test("a body that never ends is given up at the timeout, though bytes keep coming")
    func endlessBody() async throws {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        try await Bench.run(timeout: 0.3, .always([.send(head), .drip("1\r\n \r\n")])) { bench in
            let error = try await failure { try await bench.client.accountEmail() }
            #expect(error.code == .unavailable)
        }
    }

    @Test(
        "a status that is known decides, even if its body never ends",
        arguments: [("403 Forbidden", VultrError.Code.operatorNeeded), ("404 Not Found", .notFound)]
    )
    func endlessErrorBody(status: String, code: VultrError.Code) async throws {
        let head = "HTTP/1.1 \(status)\r\nTransfer-Encoding: chunked\r\n\r\n"
        try await Bench.run(timeout: 1, .always([.send(head), .drip("1\r\n \r\n")])) { bench in
            let error = try await failure { try await bench.client.accountEmail() }
            #expect(error.code == code)
        }
    }

    @Test("a DELETE that was answered 200 succeeded, even if the body never ends")
    func endlessSuccess() async throws {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        try await Bench.run(timeout: 1, .always([.send(head), .drip("1\r\n \r\n")])) { bench in
            let status = try await bench.client.remove(user, from: organization)
            #expect(status == 200)
        }
    }

    @Test("an answer beyond the largest page is a broken answer")
    func tooLarge() async throws {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: \(VultrConnection.largestPage + 1)\r\n\r\n"
        try await Bench.run(.always([.send(head)])) { bench in
            let error = try await failure { try await bench.client.accountEmail() }
            #expect(error.code == .brokenAnswer)
        }
    }

    @Test("a redirect is never followed, and the key never reaches the second host")
    func redirect() async throws {
        try await ScriptedServer.run(.always(.json(Self.account))) { other in
            let location = "Location: \(other.url)/v2/account"
            try await Bench.run(.always(.answer("307 Temporary Redirect", headers: [location]))) { bench in
                let error = try await failure { try await bench.client.accountEmail() }
                #expect(error.code == .operatorNeeded)
                #expect(error.status == 307)
                #expect(bench.server.requests.count == 1)
                #expect(other.requests.isEmpty)
            }
        }
    }

    @Test("a cancelled DELETE that was sent may have been applied; one that was not sent was not")
    func cancelled() async throws {
        let (arrived, arrival) = AsyncStream.makeStream(of: Void.self)
        let silence = Script { _ in
            arrival.yield()
            return []
        }
        try await Bench.run(silence) { bench in
            let sent = Task { try await failure { try await bench.client.remove(user, from: organization) } }
            for await _ in arrived { break }
            sent.cancel()
            let error = try await sent.value
            #expect(error.code == .unavailable)
            #expect(error.mayHaveBeenApplied)

            let (gate, opener) = AsyncStream.makeStream(of: Void.self)
            let unsent = Task {
                for await _ in gate { break }
                return try await failure { try await bench.client.remove(user, from: organization) }
            }
            unsent.cancel()
            opener.yield()
            #expect(try await unsent.value.mayHaveBeenApplied == false)
            #expect(bench.server.requests.count == 1)
        }
    }

    @Test("429 with Retry-After waits so long, 503 too, and neither waits beyond the ceiling")
    func retryAfter() async throws {
        for (status, value, least, most) in [
            ("429 Too Many Requests", "7", 7.0, 8.0), ("503 Service Unavailable", "5", 5.0, 6.0),
            ("429 Too Many Requests", "86400", 30.0, 31.0),
        ] {
            try await Bench.run(
                Script { request in
                    request.number == 1 ? .html(status, headers: ["Retry-After: \(value)"]) : .json(Self.account)
                }
            ) { (bench) async throws in
                #expect(try await bench.client.accountEmail() == "ops@example.com")
                let waited = bench.time.now().timeIntervalSince(JumpingTime.start)
                #expect(waited >= least && waited <= most, "waited \(waited) s")
            }
        }
    }

    @Test("after a 429 every key waits")
    func pausesAllKeys() async throws {
        try await Bench.run(
            Script { request in
                request.number == 1 ? .html("429 Slow", headers: ["Retry-After: 20"]) : .json(Self.account)
            }
        ) { bench in
            let error = try await failure { try await bench.client.remove(user, from: organization) }
            #expect(error.retryAt == JumpingTime.start.addingTimeInterval(20))
            let other = VultrKeyClient(name: "staging", connection: bench.connection) { "OTHER" }
            _ = try await other.accountEmail()
            #expect(bench.time.now().timeIntervalSince(JumpingTime.start) >= 20)
        }
    }
}
