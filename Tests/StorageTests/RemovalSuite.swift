import Foundation
import Offboarding
import Testing

@Suite("A store's removals and limits")
struct RemovalSuite {
    @Test("removals come back whole, ordered by organization, user and key", arguments: StoreUnderTest.allCases)
    func roundTrip(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        var full = Sample.removal("o_2", "u_1", key: "other", attempts: 3)
        full.outcome = .operator
        full.httpStatus = 403
        full.mayHaveBeenApplied = true
        full.detail = "not allowed"
        let expected = [
            Removal(key: "a", membership: nil, outcome: .operator, detail: "unreadable"),
            Removal(key: "b", membership: nil, outcome: .retrying),
            Sample.removal("o_1", "u_1", plannedAt: nil), Sample.removal("o_1", "u_2"), full,
        ]
        let one = try Sample.case("c_1", "avery")
        try await store.write { session in
            try session.insert(one)
            try session.replaceRemovals(of: one.id, with: expected.reversed())
        }
        #expect(try await store.read { try $0.removals(of: one.id) } == expected)
        #expect(try await store.read { try $0.removals(of: CaseID("c_9")) }.isEmpty)
    }

    @Test("saving changes one membership, whichever key it goes through", arguments: StoreUnderTest.allCases)
    func save(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        let one = try Sample.case("c_1", "avery")
        let first = Sample.removal("o_1", "u_1", key: "first")
        var second = Sample.removal("o_1", "u_1", key: "second", attempts: 1)
        second.httpStatus = 204
        let unreadable = Removal(key: "first", membership: nil)
        let changed = second
        try await store.write { session in
            try session.insert(one)
            try session.save(first, of: one.id)
            try session.save(unreadable, of: one.id)
            try session.save(changed, of: one.id)
            try session.save(unreadable, of: one.id)
        }
        #expect(try await store.read { try $0.removals(of: one.id) } == [unreadable, changed])
        try await store.write { try $0.replaceRemovals(of: one.id, with: []) }
        #expect(try await store.read { try $0.removals(of: one.id) }.isEmpty)
    }

    @Test("rule 16: distinct users with a removal let run count, once each", arguments: StoreUnderTest.allCases)
    func limits(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        let since = Sample.start
        /// Name, state, sender, removals.
        let people: [(String, CaseState, String, [Removal])] = [
            ("both", .completed, "hr", [Sample.removal("o_1", "u_1"), Sample.removal("o_2", "u_1")]),
            ("again", .running, "hr", [Sample.removal("o_1", "u_1")]),
            ("chat", .running, "chat", [Sample.removal("o_2", "u_2")]),
            ("early", .completed, "hr", [Sample.removal("o_1", "u_3", plannedAt: since - 0.001)]),
            ("waits", .held, "hr", [Sample.removal("o_1", "u_4", plannedAt: nil)]),
            ("refused", .refused, "hr", [Sample.removal("o_1", "u_5")]),
            (
                "tried", .cancelled, "hr",
                [Sample.removal("o_1", "u_6"), Sample.removal("o_2", "u_6", attempts: 1)]
            ),
            ("unreadable", .running, "hr", [Removal(key: "first", membership: nil)]),
            ("self", .running, "hr", [Sample.removal("o_1", "u_7")]),
        ]
        for (name, state, sender, removals) in people {
            let one = try Sample.case("c_\(name)", name, state: state, sender: sender)
            try await store.write { session in
                try session.insert(one)
                try session.replaceRemovals(of: one.id, with: removals)
            }
        }
        func users(_ sender: String?) async throws -> [String] {
            try await store.read {
                try $0.plannedUsers(since: since, sender: sender, countingDryRuns: false, excluding: CaseID("c_self"))
            }
            .map(\.text).sorted()
        }
        #expect(try await users(nil) == ["u_1", "u_2", "u_6"])
        #expect(try await users("hr") == ["u_1", "u_6"])
        #expect(try await users("chat") == ["u_2"])
        #expect(try await users("nobody") == [])
        let byOrganization = try await store.read {
            try $0.plannedUsersByOrganization(since: since, countingDryRuns: false, excluding: CaseID("c_self"))
        }
        #expect(byOrganization.count == 2)
        #expect(byOrganization[OrganizationID("o_1")] == [UserID("u_1"), UserID("u_6")])
        #expect(byOrganization[OrganizationID("o_2")] == [UserID("u_1"), UserID("u_2"), UserID("u_6")])
    }
}
