import Foundation
import HTTPListener
import Offboarding
import Testing

@testable import Console

@Suite("who uses the console")
struct AccessTests {
    private final class Clock: TimeSource, @unchecked Sendable {
        var date = Date(timeIntervalSince1970: 1_800_000_000)
        func now() -> Date { date }
        func instant() -> ContinuousClock.Instant { .now }
        func sleep(seconds: TimeInterval) async throws {}
    }

    private let dana = Operator(name: "dana", role: .operator)

    @Test("a token is found by all of it and nothing else")
    func tokens() throws {
        let vic = Operator(name: "vic", role: .viewer)
        let ring = TokenRing([try ConsoleToken("one", of: dana), try ConsoleToken("two", of: vic)])
        #expect(try ring.token("one")?.owner == dana)
        #expect(try ring.token("two")?.owner == vic)
        for wrong in ["", "on", "one ", "One", "onetwo", String(repeating: "x", count: 10_000)] {
            #expect(try ring.token(wrong) == nil)
        }
        #expect(try ring.holds(ConsoleToken("one", of: dana)))
        #expect(try !ring.holds(ConsoleToken("one", of: Operator(name: "dana", role: .viewer))))
        #expect(try !ring.holds(ConsoleToken("three", of: dana)))
    }

    @Test("a session ends after its time, when it is idle, and when it is ended")
    func sessions() throws {
        let clock = Clock()
        let sessions = Sessions(time: clock)
        let (id, begun) = try sessions.begin(try ConsoleToken("one", of: dana))
        #expect(id.utf8.count == RandomText.length)
        #expect(id != begun.csrf)
        #expect(try sessions.session(id)?.csrf == begun.csrf)
        #expect(try sessions.session(id + "x") == nil)
        // Used now and then, it lasts its longest and no longer.
        for _ in 0..<11 {
            clock.date += 3600
            #expect(try sessions.session(id) != nil)
        }
        clock.date += 3601
        #expect(try sessions.session(id) == nil)

        let (idle, _) = try sessions.begin(try ConsoleToken("one", of: dana))
        clock.date += Sessions.idle
        #expect(try sessions.session(idle) == nil)

        let (ended, _) = try sessions.begin(try ConsoleToken("one", of: dana))
        try sessions.end(ended)
        #expect(try sessions.session(ended) == nil)
    }

    @Test("sessions are bounded; the one that was used longest ago goes first")
    func bound() throws {
        let clock = Clock()
        let sessions = Sessions(time: clock)
        let token = try ConsoleToken("one", of: dana)
        let first = try sessions.begin(token).id
        clock.date += 1
        let second = try sessions.begin(token).id
        clock.date += 1
        for _ in 0..<(Sessions.most - 1) { _ = try sessions.begin(token) }
        #expect(try sessions.session(first) == nil)
        #expect(try sessions.session(second) != nil)
    }

    @Test("an address that tries tokens waits after some, and others do not")
    func guarding() throws {
        let clock = Clock()
        let signInGuard = SignInGuard(time: clock)
        let (one, other) = (try #require(IPAddress("192.0.2.1")), try #require(IPAddress("192.0.2.2")))
        for _ in 0..<SignInGuard.allowed {
            #expect(signInGuard.wait(one) == nil)
            signInGuard.failed(one)
        }
        #expect(signInGuard.wait(one) == 60)
        #expect(signInGuard.wait(other) == nil)
        clock.date += 59.5
        #expect(signInGuard.wait(one) == 1)
        clock.date += 0.5
        #expect(signInGuard.wait(one) == nil)
    }

    @Test(
        "the console answers to its own names",
        arguments: [
            ("localhost", true), ("localhost:8081", true), ("127.0.0.1:1", true), ("[::1]", true), ("[::1]:8081", true),
            ("OPS.example.com", true), ("ops.example.com:443", true), ("two.example.com:8443", true),
            ("two.example.com", false), ("two.example.com:8444", false), ("evil.example", false), ("", false),
            ("localhost:", false), ("localhost:123456", false), ("localhost:x", false),
            ("localhost.evil.example", false),
        ]
    )
    func hosts(_ host: String, _ isAllowed: Bool) throws {
        let check = HostCheck(["ops.example.com", "two.example.com:8443"])
        let peer = try #require(IPAddress("127.0.0.1"))
        func head(_ fields: [HeaderField]) -> RequestHead {
            RequestHead(method: "GET", path: "/", headers: HeaderFields(fields), peer: peer)
        }
        #expect(check.allows(head([HeaderField("host", host)])) == isAllowed)
        #expect(!check.allows(head([])))
        #expect(!check.allows(head([HeaderField("host", host), HeaderField("host", host)])))
    }
}
