import Foundation
import Testing

@testable import Offboarding

@Suite("Held cases and approvals (rules 16 and 17)")
struct HoldTests {
    /// Everybody in one organization large enough for the fraction not to matter.
    private func crowd(limits: [Limit] = [Limit(people: 2, per: 3600)]) throws -> Workshop {
        try Workshop(
            keys: [(VultrKey(name: "production"), VultrInMemory(["o1": Workshop.people(100)]))],
            policy: Policy(mode: .enforce, limits: limits)
        )
    }

    @Test("people beyond the limit are held, show their plan, and never release themselves")
    func held() async throws {
        let shop = try crowd()
        #expect(try await shop.work("person2@example.com").result == .removed)
        #expect(try await shop.work("person3@example.com").result == .removed)
        let held = try await shop.work("person4@example.com")
        #expect(held.state == .held)
        #expect(held.planDigest != nil)
        #expect(held.dueAt == nil)
        #expect(try await shop.removals(held.id).map(\.attempts) == [0])
        #expect(try await shop.engine.work(held.id).state == .held)
        shop.time.pass(7200)
        #expect(try await shop.engine.work(held.id).state == .held)
        #expect(shop.vultr[0].deletes.count == 2)
        try await shop.close()
    }

    @Test("a held case does not count against the limit, a refused one neither")
    func heldDoesNotCount() async throws {
        let shop = try crowd(limits: [Limit(people: 1, per: 3600)])
        #expect(try await shop.work("person2@example.com").result == .removed)
        let held = try await shop.work("person3@example.com")
        try await shop.desk.refuse(held.id, by: "dana")
        #expect(try await shop.current(held.id)?.state == .refused)
        shop.time.pass(3601)
        #expect(try await shop.work("person4@example.com").result == .removed)
        try await shop.close()
    }

    @Test("an approval with the present digest runs the plan; with another digest it is refused")
    func approve() async throws {
        let shop = try crowd(limits: [Limit(people: 0, per: 3600)])
        let held = try await shop.work()
        await #expect(throws: CaseDeskError.self) {
            try await shop.desk.approve(held.id, digest: "0000", by: "dana")
        }
        #expect(try await shop.current(held.id)?.state == .held)
        try await shop.desk.approve(held.id, digest: held.planDigest, by: "dana")
        #expect(try await shop.engine.work(held.id).result == .removed)
        try await shop.close()
    }

    @Test("after memberships changed the approved digest no longer works: the case is held anew under a new one")
    func changedPlan() async throws {
        let key = VultrKey(name: "production", usersList: .allOrganizations)
        let shop = try Workshop(
            keys: [(key, VultrInMemory(["o1": Workshop.people(100)]))],
            policy: Policy(mode: .enforce, approval: .always)
        )
        let held = try await shop.work()
        shop.vultr[0].change { state in
            state.organizations = ["o1", "o2"]
            state.members["o2"] = ["u1": Samples.avery, "u2": "person2@example.com"]
        }
        try await shop.desk.approve(held.id, digest: held.planDigest, by: "dana")
        let anew = try await shop.engine.work(held.id)
        #expect(anew.state == .held)
        #expect(anew.planDigest != held.planDigest)
        #expect(anew.approval == nil)
        #expect(shop.vultr[0].deletes.isEmpty)
        try await shop.desk.approve(anew.id, digest: anew.planDigest, by: "dana")
        #expect(try await shop.engine.work(anew.id).result == .removed)
        #expect(shop.vultr[0].deletes.count == 2)
        try await shop.close()
    }

    @Test("an approval covers a part of the plan that was looked at")
    func shrunkPlan() async throws {
        let key = VultrKey(name: "production", usersList: .allOrganizations)
        let members = ["o1": Workshop.people(100), "o2": Workshop.people(100)]
        let shop = try Workshop(
            keys: [(key, VultrInMemory(members))],
            policy: Policy(mode: .enforce, approval: .always)
        )
        let held = try await shop.work()
        shop.vultr[0].change { $0.organizations = ["o1"] }
        try await shop.desk.approve(held.id, digest: held.planDigest, by: "dana")
        _ = try await shop.engine.work(held.id)
        #expect(shop.vultr[0].deletes == [Samples.membership("o1", "u1")])
        try await shop.close()
    }

    @Test("an approval without a digest covers the plan as the next reading shows it")
    func approvePresent() async throws {
        let shop = try crowd(limits: [Limit(people: 0, per: 3600)])
        let held = try await shop.work()
        try await shop.desk.approve(held.id, digest: nil, by: "dana")
        #expect(try await shop.engine.work(held.id).result == .removed)
        try await shop.close()
    }

    @Test("a retry of what was let run is not held by those who came after")
    func retryIsNotHeld() async throws {
        let shop = try crowd(limits: [Limit(people: 1, per: 3600)])
        let down = VultrError(.unavailable, status: 500, message: "down")
        shop.vultr[0].change { $0.faults["remove"] = Array(repeating: down, count: 100) }
        let first = try await shop.work()
        #expect(first.state == .retrying)
        shop.time.pass(3601)
        let second = try await shop.work("person2@example.com")
        #expect(second.state == .retrying, "the window of the first has passed")
        shop.vultr[0].change { $0.faults = [:] }
        #expect(try await shop.engine.work(first.id).result == .removed)
        try await shop.close()
    }

    @Test("several ids for one person are held by default and all removed on request")
    func severalIDs() async throws {
        let twice = ["u1": Samples.avery, "u2": Samples.avery, "u3": "c@example.com", "u4": "d@example.com"]
        func shop(_ rule: Policy.SeveralIDs) throws -> Workshop {
            try Workshop(
                keys: [(VultrKey(name: "production"), VultrInMemory(["o1": twice]))],
                policy: Policy(mode: .enforce, fractionOfOrganization: 1, severalIDs: rule)
            )
        }
        let holds = try shop(.hold)
        #expect(try await holds.work().state == .held)
        let removes = try shop(.removeAll)
        #expect(try await removes.work().result == .removed)
        #expect(removes.vultr[0].deletes.count == 2)
        try await holds.close()
        try await removes.close()
    }

    @Test("a repeated delivery holds a person who is a member again, and ends quietly otherwise (rule 14)")
    func repeated() async throws {
        let shop = try Workshop()
        let back = try await shop.record(restraint: .repeated)[0]
        #expect(try await shop.engine.work(back).state == .held)
        let gone = try await shop.record(.departed, "nobody@example.com", restraint: .repeated)[0]
        #expect(try await shop.engine.work(gone).result == .noAccount)
        try await shop.close()
    }
}
