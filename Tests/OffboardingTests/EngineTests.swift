import Foundation
import Testing

@testable import Offboarding

@Suite("Working a case")
struct EngineTests {
    private func trouble(_ status: Int? = nil, applied: Bool = false) -> VultrError {
        VultrError(.unavailable, status: status, message: "trouble", mayHaveBeenApplied: applied)
    }

    private let forbidden = VultrError(.operatorNeeded, status: 403, message: "forbidden")

    @Test("the person and nobody else is removed, once, and the case is completed after a proof")
    func removes() async throws {
        let shop = try Workshop()
        let done = try await shop.work("Avery.Stone@EXAMPLE.com")
        #expect(done.state == .completed)
        #expect(done.result == .removed)
        #expect(shop.vultr[0].deletes == [Samples.membership("o1", "u1")])
        #expect(shop.vultr[0].usersReads == 2)
        let removals = try await shop.removals(done.id)
        #expect(removals.map(\.outcome) == [.removed])
        #expect(removals.map(\.httpStatus) == [204])
        #expect(removals.map(\.attempts) == [1])
        try await shop.close()
    }

    @Test("rule 7: no_account takes two readings, the second begun after the first ended")
    func noAccount() async throws {
        let shop = try Workshop()
        let done = try await shop.work("nobody@example.com")
        #expect(done.result == .noAccount)
        #expect(shop.vultr[0].usersReads == 2)
        #expect(shop.vultr[0].deletes.isEmpty)
        try await shop.close()
    }

    @Test("rule 2: an unproven list never says no_account, and still serves to remove whom it shows")
    func unproven() async throws {
        let shop = try Workshop()
        shop.vultr[0].change { $0.usersDoubt = "cut short" }
        let absent = try await shop.work("nobody@example.com")
        #expect(absent.state == .retrying)
        let shown = try await shop.work()
        #expect(shown.state == .retrying)
        #expect(shop.vultr[0].deletes == [Samples.membership("o1", "u1")])
        shop.vultr[0].change { $0.usersDoubt = nil }
        #expect(try await shop.engine.work(shown.id).result == .removed)
        #expect(shop.vultr[0].deletes.count == 1)
        try await shop.close()
    }

    @Test("a DELETE whose answer was lost is proven by the list and not sent twice")
    func cutAfter() async throws {
        let shop = try Workshop()
        let lost = trouble(applied: true)
        shop.vultr[0].change { state in
            state.faults["remove"] = [lost]
            state.appliesDespiteFault = true
        }
        let done = try await shop.work()
        #expect(done.result == .removed)
        #expect(shop.vultr[0].deletes.count == 1)
        #expect(try await shop.removals(done.id).map(\.outcome) == [.removed])
        try await shop.close()
    }

    @Test("a DELETE that failed in passing is tried again in the same run")
    func passing() async throws {
        let shop = try Workshop()
        let refused = VultrError(.rateLimited, status: 429, message: "too many requests")
        shop.vultr[0].change { $0.faults["remove"] = [refused, refused] }
        let done = try await shop.work()
        #expect(done.result == .removed)
        #expect(try await shop.removals(done.id).map(\.attempts) == [3])
        try await shop.close()
    }

    @Test("a list that lags behind a DELETE is read again, and a list that stays is trouble, not success")
    func lag() async throws {
        let shop = try Workshop()
        shop.vultr[0].change { $0.lag = 3 }
        #expect(try await shop.work().result == .removed)
        #expect(shop.vultr[0].deletes.count == 1)
        let stubborn = try Workshop()
        stubborn.vultr[0].change { $0.lag = 1000 }
        let stuck = try await stubborn.work()
        #expect(stuck.state == .retrying)
        #expect(try await stubborn.removals(stuck.id).map(\.outcome) == [.retrying])
        try await shop.close()
        try await stubborn.close()
    }

    @Test("one organization's refusal never stops another's removal, and the case needs a person")
    func oneRefusal() async throws {
        let good = VultrInMemory(["o1": Workshop.people(20)])
        let bad = VultrInMemory(["o2": Workshop.people(20)])
        let refusal = forbidden
        bad.change { $0.faults["remove"] = [refusal] }
        let shop = try Workshop(keys: [(VultrKey(name: "good"), good), (VultrKey(name: "bad"), bad)])
        let stuck = try await shop.work()
        #expect(stuck.state == .attention)
        #expect(try await shop.removals(stuck.id).map(\.outcome) == [.removed, .operator])
        #expect(bad.deletes.count == 1, "a refusal is not repeated in the same run")
        let done = try await shop.engine.work(stuck.id)
        #expect(done.result == .removed)
        #expect(good.deletes.count == 1)
        try await shop.close()
    }

    @Test("rule 8: an unreadable key adds a removal without a user, and the case cannot complete")
    func unreadableKey() async throws {
        let good = VultrInMemory(["o1": Workshop.people(20)])
        let bad = VultrInMemory(["o2": [:]])
        let refusal = VultrError(.operatorNeeded, status: 401, message: "unauthorized")
        bad.change { $0.faults["users"] = Array(repeating: refusal, count: 50) }
        let shop = try Workshop(keys: [(VultrKey(name: "good"), good), (VultrKey(name: "bad"), bad)])
        let stuck = try await shop.work()
        #expect(stuck.state == .attention)
        let removals = try await shop.removals(stuck.id)
        #expect(removals.contains { $0.key == "good" && $0.outcome == .removed })
        #expect(removals.contains { $0.key == "bad" && $0.userID == nil && $0.outcome == .operator })
        try await shop.close()
    }

    @Test("rule 8: the second key is tried only when the first was refused")
    func secondKey() async throws {
        let members = ["o1": Workshop.people(20)]
        let first = VultrInMemory(members)
        let second = VultrInMemory(members)
        let refusal = forbidden
        first.change { $0.faults["remove"] = [refusal] }
        let shop = try Workshop(keys: [(VultrKey(name: "first"), first), (VultrKey(name: "second"), second)])
        let worked = try await shop.work()
        #expect(first.deletes.count == 1)
        #expect(second.deletes.count == 1)
        #expect(try await shop.removals(worked.id).map(\.key) == ["second"])
        try await shop.close()
    }

    @Test("rule 5: the owner of a key is protected, and a key whose owner is unknown is not used")
    func owner() async throws {
        let shop = try Workshop()
        shop.vultr[0].change { $0.owner = Samples.avery }
        let owner = try await shop.work()
        #expect(owner.state == .attention)
        #expect(try await shop.removals(owner.id).map(\.outcome) == [.protected])
        let unknown = try Workshop()
        let refusal = forbidden
        unknown.vultr[0].change { $0.faults["account"] = Array(repeating: refusal, count: 50) }
        #expect(try await unknown.work().state == .attention)
        #expect(shop.vultr[0].deletes.isEmpty && unknown.vultr[0].deletes.isEmpty)
        try await shop.close()
        try await unknown.close()
    }

    @Test("rule 4: where only a service user matches the case needs a person")
    func serviceUser() async throws {
        let shop = try Workshop()
        shop.vultr[0].change { $0.serviceUsers = ["u1"] }
        let stuck = try await shop.work()
        #expect(stuck.state == .attention)
        #expect(try await shop.removals(stuck.id).map(\.outcome) == [.serviceUser])
        #expect(shop.vultr[0].deletes.isEmpty)
        try await shop.close()
    }

    @Test("rule 9: a plan that has waited for more than 60 seconds is read again before its first DELETE")
    func stalePlan() async throws {
        let slow = VultrInMemory(["o1": Workshop.people(20)])
        let shop = try Workshop(keys: [(VultrKey(name: "production"), slow)])
        let time = shop.time
        // The account is asked in the first reading only: what it waits there makes the plan old.
        slow.change { $0.beforeAccount = { time.pass(61) } }
        let done = try await shop.work()
        #expect(done.result == .removed)
        #expect(slow.deletes.count == 1)
        #expect(slow.usersReads == 3, "the old plan, the fresh one, the proof")
        try await shop.close()
    }

    @Test("rule 11: trouble that lasts becomes attention, and is still tried")
    func attentionAfter() async throws {
        let shop = try Workshop(retry: RetryPolicy(first: 1, ceiling: 900, attentionAfter: 60))
        let down = trouble(503)
        shop.vultr[0].change { $0.faults["users"] = Array(repeating: down, count: 3) }
        let first = try await shop.work()
        #expect(first.state == .retrying)
        shop.time.pass(61)
        let second = try await shop.engine.work(first.id)
        #expect(second.state == .attention)
        #expect(second.dueAt == shop.time.now().addingTimeInterval(900))
        _ = try await shop.engine.work(first.id)
        #expect(try await shop.engine.work(first.id).result == .removed)
        try await shop.close()
    }

    @Test("a case that is cancelled while its worker runs gets no further DELETE")
    func cancelledMeanwhile() async throws {
        let shop = try Workshop(
            keys: [
                (VultrKey(name: "all", usersList: .allOrganizations), VultrInMemory(["o1": Workshop.people(20)]))
            ]
        )
        let id = try await shop.record()[0]
        let desk = shop.desk
        let late = trouble(500)
        shop.vultr[0].change { state in
            state.faults["remove"] = [late, late, late]
            state.beforeDelete = { try? await desk.cancel(id, by: "dana") }
        }
        let ended = try await shop.engine.work(id)
        #expect(ended.state == .cancelled)
        #expect(shop.vultr[0].deletes.count == 1)
        try await shop.close()
    }

    @Test("a dry run removes nobody, says whom it would have removed, and can be run for real (rule 15)")
    func dryRun() async throws {
        let shop = try Workshop(policy: Policy(mode: .dryRun))
        let dry = try await shop.work()
        #expect(dry.result == .dryRun)
        #expect(try await shop.removals(dry.id).map(\.outcome) == [.dryRun])
        #expect(shop.vultr[0].deletes.isEmpty)
        var real = shop.parts
        real.policy = Policy(mode: .enforce)
        #expect(try await shop.desk.finishedDryRuns() == [dry.id])
        #expect(try await shop.desk.rerunDryRuns(by: "dana") == [dry.id])
        #expect(try await Engine(parts: real, worker: "command:test").work(dry.id).result == .removed)
        try await shop.close()
    }
}
