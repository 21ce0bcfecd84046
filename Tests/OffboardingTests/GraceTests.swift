import Foundation
import Storage
import Testing

@testable import Offboarding

@Suite("A departure that waits for its grace (policy.grace)")
struct GraceTests {
    private static let policy = Policy(mode: .enforce, grace: 600)

    private func at(_ seconds: TimeInterval) -> Date { Samples.start.addingTimeInterval(seconds) }

    @Test("waits, runs when it is over, and can be taken back until then")
    func waits() async throws {
        let shop = try Workshop(policy: Self.policy)
        let id = try await shop.record()[0]
        #expect(try await shop.current(id)?.state == .scheduled)
        #expect(try await shop.current(id)?.dueAt == at(600))
        #expect(try await shop.engine.work(id).state == .scheduled, "nobody takes it before its time")
        let other = try await shop.record(.departed, "person2@example.com")[0]
        shop.time.pass(599)
        _ = try await shop.record(.reinstated, "person2@example.com")
        #expect(try await shop.current(other)?.state == .cancelled)
        #expect(try await shop.engine.work(id).state == .scheduled)
        shop.time.pass(1)
        #expect(try await shop.engine.work(id).result == .removed)
        #expect(shop.vultr[0].deletes.map(\.user.text) == ["u1"])
        try await shop.close()
    }

    @Test("told once more, it does not begin anew; told to take effect sooner, it waits for its grace from then")
    func joined() async throws {
        let shop = try Workshop(policy: Self.policy)
        let id = try await shop.record()[0]
        shop.time.pass(400)
        _ = try await shop.record()
        #expect(try await shop.current(id)?.dueAt == at(600))
        let later = try await shop.record(.departed, "person2@example.com", effectiveAt: at(86_400))[0]
        #expect(try await shop.current(later)?.dueAt == at(86_400), "the grace is over by then")
        _ = try await shop.record(.departed, "person2@example.com")
        #expect(try await shop.current(later)?.dueAt == at(1000))
        try await shop.close()
    }

    @Test("a person need not wait for it: a retry begins at once")
    func retried() async throws {
        let shop = try Workshop(policy: Self.policy)
        let id = try await shop.record()[0]
        try await shop.desk.retry(id, by: "dana")
        #expect(try await shop.engine.work(id).result == .removed)
        try await shop.close()
    }

    @Test("what removes nobody or is held anyhow does not wait", arguments: [Restraint.test, .repeated, .chat])
    func exempt(_ restraint: Restraint) async throws {
        let shop = try Workshop(policy: Self.policy)
        let id = try await shop.record(restraint: restraint)[0]
        #expect(try await shop.current(id)?.state == .queued)
        try await shop.close()
    }
}
