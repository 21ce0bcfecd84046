import Testing

@testable import Offboarding

@Suite("What a reading proves (rules 3, 8 and 10)")
struct JudgementTests {
    private func removal(
        _ organization: String,
        status: Int? = nil,
        attempts: Int = 1,
        mayHaveBeenApplied: Bool = false,
        outcome: Removal.Outcome = .retrying
    ) -> Removal {
        var removal = Removal(key: "production", membership: Samples.membership(organization, "u1"), outcome: outcome)
        removal.httpStatus = status
        removal.attempts = attempts
        removal.mayHaveBeenApplied = mayHaveBeenApplied
        return removal
    }

    private func outcomes(_ removals: [Removal], _ readings: KeyReading...) throws -> [Removal.Outcome] {
        let reading = DirectoryReading(keys: readings)
        let plan = try Samples.planner().plan(from: reading)
        return Judgement(reading: reading, plan: plan).judged(removals).map(\.outcome)
    }

    @Test("answered 2xx and gone from the organization's proven list: removed")
    func removed() throws {
        let done = removal("o1", status: 204, mayHaveBeenApplied: true)
        #expect(try outcomes([done], Samples.reading(organizations: ["o1"], users: [])) == [.removed])
    }

    @Test("gone from an unproven list proves nothing")
    func unproven() throws {
        let done = removal("o1", status: 204, mayHaveBeenApplied: true)
        let cut = try Samples.reading(organizations: ["o1"], users: [], usersDoubt: "cut short")
        #expect(try outcomes([done], cut) == [.retrying])
        let hidden = try Samples.reading(
            organizations: ["o1"],
            users: [],
            suspendedFailures: ["o1": VultrError(.operatorNeeded, status: 403, message: "forbidden")]
        )
        #expect(try outcomes([done], hidden) == [.retrying])
    }

    @Test("still listed after a 2xx is not removed, however often it was answered")
    func listed() throws {
        let done = removal("o1", status: 204, mayHaveBeenApplied: true, outcome: .removed)
        let reading = try Samples.reading(organizations: ["o1"], users: [Samples.user("u1", Samples.avery)])
        #expect(try outcomes([done], reading) == [.retrying])
    }

    @Test("404 at the first attempt and gone: absent; 404 after one that may have been applied: removed")
    func notFound() throws {
        let reading = try Samples.reading(organizations: ["o1"], users: [])
        #expect(try outcomes([removal("o1", status: 404)], reading) == [.absent])
        #expect(
            try outcomes([removal("o1", status: 404, attempts: 2, mayHaveBeenApplied: true)], reading) == [.removed]
        )
        let still = try Samples.reading(organizations: ["o1"], users: [Samples.user("u1", Samples.avery)])
        #expect(try outcomes([removal("o1", status: 404)], still) == [.retrying])
    }

    @Test("a key that lists several organizations: 404 is absent only where the suspended users can be read")
    func absentElsewhere() throws {
        let refusal = VultrError(.operatorNeeded, status: 403, message: "forbidden")
        let readable = try Samples.reading(organizations: ["o1", "o2"], users: [])
        let unreadable = try Samples.reading(
            organizations: ["o1", "o2"],
            users: [],
            suspendedFailures: ["o2": refusal]
        )
        let removals = [removal("o1", status: 204, mayHaveBeenApplied: true), removal("o2", status: 404)]
        #expect(try outcomes(removals, readable) == [.removed, .absent])
        #expect(try outcomes(removals, unreadable) == [.removed, .operator])
    }

    @Test("a list of several organizations that still shows the person refutes a 2xx unless something else explains it")
    func somewhere() throws {
        let key = VultrKey(name: "production", usersList: .allOrganizations)
        let reading = try Samples.reading(
            key,
            organizations: ["o1", "o2"],
            users: [Samples.user("u1", Samples.avery)]
        )
        let accepted = removal("o1", status: 204, mayHaveBeenApplied: true)
        let refused = removal("o2", status: 403, outcome: .operator)
        #expect(try outcomes([accepted, refused], reading) == [.removed, .operator])
        let both = [accepted, removal("o2", status: 204, mayHaveBeenApplied: true)]
        #expect(try outcomes(both, reading) == [.retrying, .retrying])
        let restricted = VultrKey(
            name: "production",
            organizations: .only([OrganizationID("o1")]),
            usersList: .allOrganizations
        )
        let uncovered = try Samples.reading(
            restricted,
            organizations: ["o1", "o2"],
            users: [Samples.user("u1", Samples.avery)]
        )
        #expect(try outcomes([accepted], uncovered) == [.removed])
    }

    @Test("an organization's own list decides over one that covers several")
    func ownListDecides() throws {
        let broad = try Samples.reading(
            VultrKey(name: "broad"),
            organizations: ["o1", "o2"],
            users: [Samples.user("u1", Samples.avery)]
        )
        let own = try Samples.reading(VultrKey(name: "own"), organizations: ["o1"], users: [])
        let done = removal("o1", status: 204, mayHaveBeenApplied: true)
        #expect(try outcomes([done], broad, own) == [.removed])
    }

    @Test("never tried and gone is nothing of ours; never tried and listed under another email is for a person")
    func neverTried() throws {
        let never = removal("o1", attempts: 0)
        #expect(try outcomes([never], Samples.reading(organizations: ["o1"], users: [])) == [])
        let renamed = try Samples.reading(organizations: ["o1"], users: [Samples.user("u1", "other@example.com")])
        #expect(try outcomes([never], renamed) == [.operator])
    }
}
