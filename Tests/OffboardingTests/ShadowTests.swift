import Foundation
import Storage
import Testing

@testable import Offboarding

@Suite("A sender in shadow mode")
struct ShadowTests {
    private func shop(_ limits: [Limit] = Limit.defaults) throws -> Workshop {
        try Workshop(
            keys: [(VultrKey(name: "production"), VultrInMemory(["o1": Workshop.people(100)]))],
            policy: Policy(
                mode: .enforce,
                limits: limits,
                senders: ["shadow": SenderPolicy(mode: .dryRun), "second": SenderPolicy(mode: .dryRun)]
            )
        )
    }

    @Test("removes nobody, and says whom it would have removed and what would have held it")
    func dryRun() async throws {
        let shop = try shop([Limit(people: 1, per: 3600)])
        let first = try await shop.work(sender: "shadow")
        #expect(first.result == .dryRun)
        #expect(first.reason == nil)
        #expect(try await shop.removals(first.id).map(\.outcome) == [.dryRun])
        let second = try await shop.work("person2@example.com", sender: "shadow")
        #expect(second.reason == "would be held: over the limit of 1 people per 1h", "dry runs count one another")
        let real = try await shop.work("person3@example.com")
        #expect(real.result == .removed, "a dry run never counts against what is real")
        #expect(shop.vultr[0].deletes == [Samples.membership("o1", "u3")])
        try await shop.close()
    }

    @Test("what it says neither hastens nor stops another sender's case, and is kept with it")
    func besideAnother() async throws {
        let shop = try shop()
        let effective = shop.time.now().addingTimeInterval(7200)
        let real = try await shop.record(effectiveAt: effective)[0]
        #expect(try await shop.record(sender: "shadow") == [real])
        let waiting = try #require(try await shop.current(real))
        #expect(waiting.state == .scheduled)
        #expect(waiting.effectiveAt == effective)
        #expect(try await shop.store.read { try $0.statements(by: "shadow", since: nil) }.map(\.caseID) == [real])
        shop.time.pass(7201)
        #expect(try await shop.engine.work(real).result == .removed)
        try await shop.close()
    }

    @Test("its open case gives way to another sender's, which keeps its own time and what the shadow said")
    func superseded() async throws {
        let shop = try shop()
        let shadow = try await shop.record(sender: "shadow")[0]
        let effective = shop.time.now().addingTimeInterval(7200)
        let real = try await shop.record(effectiveAt: effective)[0]
        #expect(real != shadow)
        let ended = try #require(try await shop.current(shadow))
        #expect(ended.state == .cancelled)
        #expect(ended.reason?.contains("sender hr") == true)
        let waiting = try #require(try await shop.current(real))
        #expect(waiting.state == .scheduled)
        #expect(waiting.effectiveAt == effective)
        #expect(try await shop.store.read { try $0.tellers(of: waiting) } == ["hr", "shadow"])
        #expect(try await shop.engine.work(shadow).state == .cancelled)
        #expect(shop.vultr[0].deletes.isEmpty)
        try await shop.close()
    }

    @Test("a person's own request supersedes it, too; two shadows share one case")
    func others() async throws {
        let shop = try shop()
        let shadow = try await shop.record(sender: "shadow")
        #expect(try await shop.record(sender: "second") == shadow)
        let asked = try await shop.desk.open(try EmailAddress(Samples.avery), askedBy: "dana")
        #expect([asked] != shadow)
        #expect(try await shop.engine.work(asked).result == .removed)
        try await shop.close()
    }

    @Test("the departure's own sender still takes it back, a shadow that told of it, too, is not asked")
    func reinstated() async throws {
        let shop = try shop()
        let real = try await shop.record(effectiveAt: shop.time.now().addingTimeInterval(7200))[0]
        _ = try await shop.record(sender: "shadow")
        _ = try await shop.record(.reinstated)
        #expect(try await shop.current(real)?.state == .cancelled)
        try await shop.close()
    }

    @Test("a sender's limit counts the cases that it joined, too")
    func joinedCases() async throws {
        let shop = try Workshop(
            keys: [(VultrKey(name: "production"), VultrInMemory(["o1": Workshop.people(100)]))],
            policy: Policy(mode: .enforce, senders: ["chat": SenderPolicy(limits: [Limit(people: 1, per: 3600)])])
        )
        let joined = try await shop.record()[0]
        #expect(try await shop.record(sender: "chat") == [joined])
        #expect(try await shop.engine.work(joined).result == .removed)
        #expect(try await shop.work("person2@example.com", sender: "chat").state == .held)
        #expect(try await shop.work("person3@example.com").result == .removed)
        try await shop.close()
    }
}
