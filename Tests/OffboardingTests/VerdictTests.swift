import Foundation
import Testing

@testable import Offboarding

@Suite("What the policy says to a plan (rules 6, 13, 14, 16)")
struct VerdictTests {
    private func plan(_ memberships: [Membership], severalIDs: Bool = false) throws -> Plan {
        Plan(
            email: try EmailAddress(Samples.avery),
            entries: memberships.map {
                Plan.Entry(membership: $0, organizationName: "o", keys: ["production"], action: .remove)
            },
            doubts: [],
            uncovered: [],
            hasSeveralIDs: severalIDs,
            hasUndecidedUsers: false,
            protection: nil
        )
    }

    private func ids(_ numbers: Range<Int>) -> Set<UserID> { Set(numbers.map { UserID("p\($0)") }) }

    private func headcount(
        planned: [Int] = [0, 0],
        bySender: [Int] = [],
        goneFrom organization: Int = 0,
        people: Int = 1000
    ) -> Headcount {
        Headcount(
            planned: planned.map { ids(0..<$0) },
            plannedBySender: bySender.map { ids(0..<$0) },
            plannedByOrganization: [OrganizationID("o1"): ids(0..<organization)],
            people: [OrganizationID("o1"): ids(0..<people).union([UserID("u1")])]
        )
    }

    private func verdict(
        _ policy: Policy = Policy(mode: .enforce),
        severalIDs: Bool = false,
        restraint: Restraint? = nil,
        isApproved: Bool = false,
        sender: String = "hr",
        and others: [String] = [],
        counted headcount: Headcount
    ) throws -> Verdict {
        policy.verdict(
            on: try plan([Samples.membership("o1", "u1")], severalIDs: severalIDs),
            senders: [sender] + others,
            restraint: restraint,
            isApproved: isApproved,
            headcount: headcount
        )
    }

    private func isHeld(_ verdict: Verdict) -> Bool { if case .hold = verdict { true } else { false } }

    @Test("the tenth person of the hour runs, the eleventh is held, an approved one runs")
    func limit() throws {
        #expect(try verdict(counted: headcount(planned: [9, 9])) == .run)
        #expect(try isHeld(verdict(counted: headcount(planned: [10, 10]))))
        #expect(try isHeld(verdict(counted: headcount(planned: [0, 25]))))
        #expect(try verdict(isApproved: true, counted: headcount(planned: [10, 10])) == .run)
    }

    @Test("a person who is counted already is not counted twice")
    func countedOnce() throws {
        var counted = headcount(planned: [10, 10])
        counted.planned = [ids(0..<9).union([UserID("u1")]), ids(0..<9).union([UserID("u1")])]
        #expect(try verdict(counted: counted) == .run)
    }

    @Test("a sender's own limit counts its own cases")
    func senderLimit() throws {
        let policy = Policy(mode: .enforce, senders: ["chat": SenderPolicy(limits: [Limit(people: 2, per: 3600)])])
        #expect(try verdict(policy, sender: "chat", counted: headcount(bySender: [1])) == .run)
        #expect(try isHeld(verdict(policy, sender: "chat", counted: headcount(bySender: [2]))))
        #expect(try verdict(policy, sender: "hr", counted: headcount()) == .run)
    }

    @Test("the fraction counts who is gone already; the first one out is always allowed")
    func fraction() throws {
        #expect(try verdict(counted: headcount(people: 2)) == .run, "one of three, but the first one out")
        #expect(try verdict(counted: headcount(goneFrom: 1, people: 7)) == .run, "two of eight")
        #expect(try isHeld(verdict(counted: headcount(goneFrom: 2, people: 7))), "three of eight")
    }

    @Test("a plan that leaves no person in an organization is held, the first one out included")
    func nobodyLeft() throws {
        #expect(try isHeld(verdict(counted: headcount(people: 0))))
        #expect(
            try isHeld(verdict(counted: headcount(goneFrom: 3, people: 3))),
            "those that are planned do not count as left"
        )
    }

    @Test("several ids, approval of everything, disputes and repeated deliveries are held")
    func holds() throws {
        #expect(try isHeld(verdict(severalIDs: true, counted: headcount())))
        let removeAll = Policy(mode: .enforce, severalIDs: .removeAll)
        #expect(try verdict(removeAll, severalIDs: true, counted: headcount()) == .run)
        #expect(try isHeld(verdict(Policy(mode: .enforce, approval: .always), counted: headcount())))
        let narrowed = Policy(mode: .enforce, senders: ["hr": SenderPolicy(approval: .always)])
        #expect(try isHeld(verdict(narrowed, counted: headcount())))
        #expect(try isHeld(verdict(restraint: .disputed, counted: headcount())))
        #expect(try isHeld(verdict(restraint: .repeated, counted: headcount())))
    }

    @Test("a dry run removes nobody whatever is approved, and says what would have held it")
    func dryRun() throws {
        #expect(try verdict(Policy(mode: .dryRun), isApproved: true, counted: headcount()) == .dryRun(wouldHold: []))
        #expect(try verdict(restraint: .test, counted: headcount()) == .dryRun(wouldHold: []))
        let shadow = Policy(mode: .enforce, senders: ["hr": SenderPolicy(mode: .dryRun)])
        guard case .dryRun(let reasons) = try verdict(shadow, counted: headcount(planned: [10, 10])) else {
            Issue.record("a shadow sender must be a dry run")
            return
        }
        #expect(reasons.count == 1)
    }

    @Test("of several senders the narrower approval wins and every own limit holds; a shadow beside another has no say")
    func severalSenders() throws {
        let limit = SenderPolicy(limits: [Limit(people: 2, per: 3600)])
        let policy = Policy(
            mode: .enforce,
            senders: [
                "chat": SenderPolicy(approval: .always), "hr": limit, "directory": limit,
                "shadow": SenderPolicy(mode: .dryRun, approval: .always, domains: ["other.example"]),
            ]
        )
        #expect(try verdict(policy, counted: headcount(bySender: [1])) == .run)
        #expect(try isHeld(verdict(policy, and: ["chat"], counted: headcount(bySender: [1]))))
        #expect(try verdict(policy, and: ["directory"], counted: headcount(bySender: [1, 1])) == .run)
        #expect(try isHeld(verdict(policy, and: ["directory"], counted: headcount(bySender: [1, 2]))))
        #expect(try verdict(policy, and: ["shadow"], counted: headcount(bySender: [1])) == .run)
        #expect(policy.bounds(["hr", "shadow"]).isEmpty)
        #expect(policy.bounds(["shadow"]) == [["other.example"]])
        #expect(policy.isDryRun(["shadow"]))
        #expect(!policy.isDryRun(["hr", "shadow"]))
    }
}
