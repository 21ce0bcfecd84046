import Foundation
import Storage
import Synchronization
import Testing

@testable import Offboarding

@Suite("Looking again for those who were offboarded")
struct SweeperTests {
    private let day: TimeInterval = 86_400

    private func sweeper(_ shop: Workshop, removeAgain: Bool = false) -> Sweeper {
        Sweeper(parts: shop.parts, policy: SweepPolicy(removeAgain: removeAgain))
    }

    private func come(back email: String = Samples.avery, as id: String = "u1", to shop: Workshop) {
        shop.vultr[0].change { $0.members["o1"]?[id] = email }
    }

    private func watch(_ shop: Workshop, _ id: CaseID) async throws -> Watch {
        try #require(try await shop.store.read { try $0.watch(of: id) })
    }

    private func notices(_ shop: Workshop, _ kind: Notice.Kind) async throws -> [Notice] {
        try await shop.store.read { try $0.notices(of: kind, after: 0, limit: 100) }
    }

    @Test("one reading serves for everybody, and who is gone stays unreported")
    func oneReading() async throws {
        let shop = try Workshop(policy: Policy(mode: .enforce, limits: [], fractionOfOrganization: 1))
        for number in 2..<9 { _ = try await shop.work("person\(number)@example.com") }
        let reads = shop.vultr[0].usersReads
        let invitationsReads = shop.vultr[0].state.withLock(\.invitationsReads)
        let report = try await sweeper(shop).sweep()
        #expect(report.people == 7)
        #expect(report.back.isEmpty)
        #expect(shop.vultr[0].usersReads == reads + 1)
        #expect(shop.vultr[0].state.withLock(\.invitationsReads) == invitationsReads + 1)
        try await shop.close()
    }

    @Test("who is back is told once, shown with the case, and left alone; gone and back again is news again")
    func back() async throws {
        let shop = try Workshop()
        let done = try await shop.work()
        come(to: shop)
        for _ in 0..<3 { #expect(try await sweeper(shop).sweep().back == [done.id]) }
        #expect(try await watch(shop, done.id).back.map(\.userID.text) == ["u1"])
        let told = try await notices(shop, .back)
        #expect(told.count == 1)
        #expect(told[0].email == done.email && told[0].caseID == done.id)
        #expect(shop.vultr[0].deletes.count == 1)
        shop.vultr[0].change { $0.members["o1"]?["u1"] = nil }
        #expect(try await sweeper(shop).sweep().back.isEmpty)
        #expect(try await watch(shop, done.id).back.isEmpty)
        come(to: shop)
        #expect(try await sweeper(shop).sweep().back == [done.id])
        #expect(try await notices(shop, .back).count == 2)
        try await shop.close()
    }

    @Test("the account that was removed is found under another address, and never removed by itself")
    func otherAddress() async throws {
        let shop = try Workshop()
        let done = try await shop.work()
        come(back: "somebody.else@example.com", to: shop)
        let report = try await sweeper(shop, removeAgain: true).sweep()
        #expect(report.back == [done.id])
        #expect(report.opened.isEmpty)
        #expect(try await watch(shop, done.id).back.map(\.isUnderOtherAddress) == [true])
        try await shop.close()
    }

    @Test("with remove_again a new case goes the usual way, and the new one is looked for in its place")
    func removeAgain() async throws {
        let shop = try Workshop()
        let done = try await shop.work()
        come(to: shop)
        let report = try await sweeper(shop, removeAgain: true).sweep()
        let again = try #require(report.opened.first)
        #expect(try await sweeper(shop, removeAgain: true).sweep().opened.isEmpty, "once")
        #expect(try await shop.engine.work(again).result == .removed)
        #expect(shop.vultr[0].deletes.count == 2)
        let first = try await watch(shop, done.id)
        #expect(first.dueAt == nil && first.followedBy == again)
        #expect(try await watch(shop, again).dueAt != nil)
        #expect(try await sweeper(shop).sweep().back.isEmpty)
        try await shop.close()
    }

    @Test("removing again is held like any other removal, and a refusal is not asked over")
    func removeAgainIsHeld() async throws {
        let shop = try Workshop(policy: Policy(mode: .enforce, limits: [Limit(people: 1, per: 3600)]))
        let done = try await shop.work()
        shop.time.pass(1800)
        _ = try await shop.record(.departed, "person2@example.com")
        let other = try await shop.store.read { try $0.cases(matching: CaseFilter(limit: 1))[0].id }
        #expect(try await shop.engine.work(other).state == .held)
        come(to: shop)
        shop.time.pass(1700)
        let again = try #require(try await sweeper(shop, removeAgain: true).sweep().opened.first)
        // The first removal counts for the same person, so that only somebody else would hold this one.
        #expect(try await shop.engine.work(again).result == .removed)
        come(to: shop)
        let strict = Sweeper(parts: shop.parts, policy: SweepPolicy(removeAgain: true))
        var always = shop.parts
        always.policy = Policy(mode: .enforce, approval: .always)
        let third = try #require(try await strict.sweep().opened.first)
        #expect(try await Engine(parts: always, worker: "command:test").work(third).state == .held)
        try await shop.desk.refuse(third, by: "dana")
        let report = try await strict.sweep()
        #expect(report.back == [again] && report.opened.isEmpty)
        #expect(shop.vultr[0].deletes.count == 2)
        #expect(try await watch(shop, done.id).dueAt == nil)
        try await shop.close()
    }

    @Test("who was reinstated is left alone, whoever said so and in whatever order it arrived")
    func reinstated() async throws {
        for sender in ["hr", "other"] {
            let shop = try Workshop()
            let start = shop.time.now()
            let id = try await shop.record(occurredAt: start)[0]
            _ = try await shop.engine.work(id)
            come(to: shop)
            let again = try #require(try await sweeper(shop, removeAgain: true).sweep().opened.first)
            // Happened before the new case was opened, and arrives after it.
            _ = try await shop.record(.reinstated, sender: sender, occurredAt: start + 0.001)
            let open = try #require(try await shop.current(again))
            #expect(open.state == (sender == "hr" ? .cancelled : .held))
            if sender == "other" { try await shop.desk.refuse(again, by: "dana") }
            let report = try await sweeper(shop, removeAgain: true).sweep()
            #expect(report.opened.isEmpty)
            #expect(shop.vultr[0].deletes.count == 1)
            try await shop.close()
        }
    }

    @Test("a reinstatement that a person acknowledged ends the looking, and nothing is reported")
    func acknowledged() async throws {
        let shop = try Workshop()
        let done = try await shop.work()
        shop.time.pass(60)
        _ = try await shop.record(.reinstated)
        #expect(try await shop.current(done.id)?.state == .attention)
        come(to: shop)
        #expect(try await sweeper(shop, removeAgain: true).sweep().back.isEmpty, "the case is open")
        try await shop.desk.cancel(done.id, by: "dana")
        #expect(try await shop.current(done.id)?.result == .removed)
        let report = try await sweeper(shop, removeAgain: true).sweep()
        #expect(report.back.isEmpty && report.opened.isEmpty)
        #expect(try await notices(shop, .back).isEmpty)
        #expect(try await watch(shop, done.id).endedBecause == "the person was reinstated")
        try await shop.close()
    }

    @Test("whom a person let go of half-way is reported and never removed again")
    func cancelled() async throws {
        let good = VultrInMemory(["o1": Workshop.people(20)])
        let bad = VultrInMemory(["o2": Workshop.people(20)])
        bad.change { $0.faults["remove"] = [VultrError(.operatorNeeded, status: 403, message: "forbidden")] }
        let shop = try Workshop(keys: [(VultrKey(name: "good"), good), (VultrKey(name: "bad"), bad)])
        let stuck = try await shop.work()
        #expect(stuck.state == .attention)
        try await shop.desk.cancel(stuck.id, by: "dana")
        bad.change { $0.members["o2"]?["u1"] = nil }
        #expect(try await sweeper(shop, removeAgain: true).sweep().back.isEmpty)
        good.change { $0.members["o1"]?["u1"] = Samples.avery }
        let report = try await sweeper(shop, removeAgain: true).sweep()
        #expect(report.back == [stuck.id] && report.opened.isEmpty)
        try await shop.close()
    }

    @Test("a list that is not proven moves no look on, and says which key")
    func unproven() async throws {
        let shop = try Workshop(retry: RetryPolicy(ceiling: 900))
        let done = try await shop.work()
        let due = try await watch(shop, done.id).dueAt
        shop.time.pass(day + 1)
        shop.vultr[0].change { $0.usersDoubt = "cut short" }
        let report = try await sweeper(shop).sweep()
        #expect(report.problems.map(\.key) == ["production"])
        #expect(try await watch(shop, done.id).dueAt == due)
        #expect(try await notices(shop, .sweep).isEmpty)
        #expect(try await sweeper(shop).isDue() == false)
        shop.time.pass(901)
        #expect(try await sweeper(shop).isDue(), "who could not be looked for is not put off for a whole period")
        shop.time.pass(3600)
        _ = try await sweeper(shop).sweep()
        #expect(try await notices(shop, .sweep).count == 1)
        shop.vultr[0].change { $0.usersDoubt = nil }
        _ = try await sweeper(shop).sweep()
        #expect(try await watch(shop, done.id).dueAt == done.finishedAt?.addingTimeInterval(4 * day))
        try await shop.close()
    }

    @Test("the looking ends after its time, with a look that proves it, and goes on while somebody is back")
    func ends() async throws {
        let shop = try Workshop()
        let done = try await shop.work()
        shop.time.pass(30 * day + 60)
        come(to: shop)
        let late = try await sweeper(shop, removeAgain: true).sweep()
        #expect(late.back == [done.id])
        #expect(late.opened.isEmpty, "whoever comes back after the time is only reported")
        #expect(try await watch(shop, done.id).dueAt != nil)
        shop.vultr[0].change { $0.members["o1"]?["u1"] = nil }
        _ = try await sweeper(shop).sweep()
        #expect(try await watch(shop, done.id).dueAt == nil)
        #expect(try await sweeper(shop).sweep().people == 0)
        try await shop.close()
    }

    @Test("what is asked for while the first sweep's time is being set is not lost")
    func askedMeanwhile() async throws {
        let shop = try Workshop()
        let desk = SweepDesk(store: shop.store, time: shop.time)
        var parts = shop.parts
        parts.store = InterruptedStore(store: shop.store) { _ = try await desk.ask() }
        #expect(try await Sweeper(parts: parts, policy: SweepPolicy()).isDue() == false)
        #expect(try await sweeper(shop).isDue(), "somebody waits for one")
        try await shop.close()
    }

    @Test("the next sweep's time is kept: a restart neither repeats nor loses one, and a look that is due hastens it")
    func schedule() async throws {
        let shop = try Workshop()
        #expect(try await sweeper(shop).isDue() == false, "the first one is due after a period")
        shop.time.pass(3599)
        #expect(try await sweeper(shop).isDue() == false)
        shop.time.pass(1)
        #expect(try await sweeper(shop).isDue())
        _ = try await sweeper(shop).sweep()
        #expect(try await sweeper(shop).isDue() == false, "another process asks the store")
        let weekly = Sweeper(parts: shop.parts, policy: SweepPolicy(every: 7 * day))
        _ = try await shop.work()
        _ = try await weekly.sweep()
        shop.time.pass(day - 60)
        #expect(try await weekly.isDue() == false)
        shop.time.pass(60)
        #expect(try await weekly.isDue())
        _ = try await weekly.sweep()
        #expect(try await weekly.isDue() == false)
        shop.time.pass(-3 * day)
        #expect(try await weekly.isDue() == false, "a clock that steps back puts it off for a period at most")
        shop.time.pass(7 * day)
        #expect(try await weekly.isDue())
        try await shop.close()
    }

    @Test("whoever asks gets the answer of a sweep that began afterwards")
    func asking() async throws {
        let shop = try Workshop()
        let desk = SweepDesk(store: shop.store, time: shop.time)
        let asked = try await desk.ask()
        #expect(try await desk.answer(to: asked) == nil)
        #expect(try await sweeper(shop).isDue())
        let report = try await sweeper(shop).sweep()
        #expect(try await desk.answer(to: asked) == report)
        #expect(try await sweeper(shop).isDue() == false)
        try await shop.close()
    }

    @Test("organizations that no key acts on are reported by every sweep, and told once")
    func uncovered() async throws {
        let key = VultrKey(name: "some", organizations: .only([OrganizationID("o1")]), usersList: .allOrganizations)
        let shop = try Workshop(
            keys: [(key, VultrInMemory(["o1": Workshop.people(20), "o2": ["u9": "person9@example.com"]]))]
        )
        for _ in 0..<2 { #expect(try await sweeper(shop).sweep().uncovered == [OrganizationID("o2")]) }
        #expect(try await notices(shop, .sweep).count == 1)
        try await shop.close()
    }
}

/// Something else happens between each reading and what follows from it.
private struct InterruptedStore: Store {
    let store: any Store
    let afterRead: @Sendable () async throws -> Void

    func append(
        _ incoming: IncomingDelivery,
        completion: @escaping @Sendable (Result<AppendOutcome, StoreError>) -> Void
    ) {
        store.append(incoming, completion: completion)
    }

    func write<Answer: Sendable>(
        _ body: @escaping @Sendable (any StoreSession) throws -> Answer
    ) async throws -> Answer {
        try await store.write(body)
    }

    func read<Answer: Sendable>(
        _ body: @escaping @Sendable (any StoreReadings) throws -> Answer
    ) async throws -> Answer {
        let answer = try await store.read(body)
        try await afterRead()
        return answer
    }

    var isShared: Bool { store.isShared }

    func isReady() async -> Bool { await store.isReady() }
    func scrub() async throws { try await store.scrub() }
    var arrivals: AsyncStream<Void> { store.arrivals }
    func close() async throws { try await store.close() }
}
