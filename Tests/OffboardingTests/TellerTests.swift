import Foundation
import Logging
import Storage
import Testing

@testable import Offboarding

@Suite("What is told by the clock")
struct TellerTests {
    private let logger = Logger(label: "tellers") { _ in SwiftLogNoOpLogHandler() }

    private func notices(_ kind: Notice.Kind, _ shop: Workshop) async throws -> [Notice] {
        try await shop.store.read { try $0.notices(of: kind, after: 0, limit: 50) }
    }

    private func deadlines(_ shop: Workshop) -> DeadlineTeller {
        DeadlineTeller(store: shop.store, policy: shop.parts.policy, time: shop.time, logger: logger)
    }

    @Test("access that is live after 15 minutes is told once, with what the case waits for")
    func deadline() async throws {
        let shop = try Workshop(policy: Policy(mode: .enforce, approval: .always))
        let held = try await shop.work()
        #expect(held.state == .held)
        let teller = deadlines(shop)
        shop.time.pass(DeadlineTeller.deadline - 60)
        #expect(try await !teller.tell())
        #expect(try await notices(.deadline, shop).isEmpty)
        shop.time.pass(61)
        for _ in 1...3 { #expect(try await !teller.tell()) }
        let told = try await notices(.deadline, shop)
        #expect(told.map(\.caseID) == [held.id])
        #expect(told[0].reason.hasPrefix("access still live after 15 minutes; the case is held: "))
        #expect(told[0].planDigest == held.planDigest && told[0].email == held.email)
        try await shop.close()
    }

    @Test("a departure that is not in effect, a dry run, a test and a case that ended have no deadline")
    func noDeadline() async throws {
        let shop = try Workshop(
            policy: Policy(mode: .enforce, approval: .always, senders: ["shadow": SenderPolicy(mode: .dryRun)])
        )
        _ = try await shop.record(.departed, "later@example.com", effectiveAt: shop.time.now() + 86_400)
        _ = try await shop.record(.departed, "test@example.com", restraint: .test)
        _ = try await shop.record(.departed, "shadow@example.com", sender: "shadow")
        let ended = try await shop.record(.departed, "ended@example.com")
        try await shop.desk.cancel(ended[0], by: "dana")
        shop.time.pass(3_600)
        #expect(try await !deadlines(shop).tell())
        #expect(try await notices(.deadline, shop).isEmpty)
        try await shop.close()
    }

    @Test("more cases than fit into one transaction are all told")
    func many() async throws {
        let shop = try Workshop()
        for number in 1...130 { _ = try await shop.record(.departed, "leaver\(number)@example.com") }
        shop.time.pass(3_600)
        let teller = deadlines(shop)
        #expect(try await teller.tell())
        #expect(try await !teller.tell())
        let told = try await shop.store.read { try $0.countNotices(of: .deadline, after: 0).count }
        #expect(told == 130)
        try await shop.close()
    }

    @Test("each success is told, with where and how long, and nothing of what removed nobody")
    func completed() async throws {
        let shop = try Workshop()
        let done = try await shop.work()
        _ = try await shop.work("nobody@example.com")
        let test = try await shop.record(.departed, "person2@example.com", restraint: .test)
        #expect(try await shop.engine.work(test[0]).result == .dryRun)
        let told = try await notices(.completed, shop)
        #expect(told.map(\.caseID).first == done.id)
        #expect(told.count == 2)
        #expect(told[0].reason.hasPrefix("removed from 1 organization in "))
        #expect(told[1].reason == "has no account")
        #expect(!Notice.Kind.usual.contains(.completed) && !Notice.Kind.completed.isLoud)
        try await shop.close()
    }

    @Test("a day after the first start there is a digest, and then each day one")
    func digest() async throws {
        let shop = try Workshop(policy: Policy(mode: .enforce, limits: []))
        let teller = DigestTeller(store: shop.store, policy: shop.parts.policy, time: shop.time, logger: logger)
        await teller.tell()
        let done = try await shop.work()
        _ = try await shop.work("nobody@example.com")
        shop.time.pass(80_000)
        await teller.tell()
        #expect(try await notices(.digest, shop).isEmpty)
        shop.time.pass(6_500)
        _ = try await shop.record(.departed, "person3@example.com", effectiveAt: shop.time.now() + 86_400)
        await teller.tell()
        await teller.tell()
        let told = try await notices(.digest, shop)
        #expect(told.count == 1)
        let digest = try #require(told.first?.digest)
        #expect((digest.removed, digest.withoutAccount, digest.dryRuns) == (1, 1, 0))
        #expect(digest.people.map(\.caseID) == [done.id])
        #expect(digest.open == ["scheduled": 1])
        #expect(digest.checkpoint?.hasPrefix("audit1:") == true)
        #expect(AuditCheckpoint.all(in: digest.text).count == 1)
        // What is kept names nobody.
        #expect(digest.people[0].email == nil && !digest.text.contains("@"))

        shop.time.pass(86_401)
        await teller.tell()
        #expect(try await notices(.digest, shop).map(\.digest?.removed) == [1, 0])
        try await shop.close()
    }

    @Test("times are said as people say them")
    func times() {
        let said = [0.4, 7, 119, 600, 7_199, 9_000].map { Digest.text($0) }
        #expect(said == ["0 s", "7 s", "119 s", "10 min", "120 min", "2.5 h"])
    }
}
