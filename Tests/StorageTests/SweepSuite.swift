import Foundation
import Offboarding
import Testing

@Suite("A store's sweeps")
struct SweepSuite {
    private let now = Sample.start + 100

    private func watch(_ id: String, dueAt: Date?) -> Watch {
        Watch(
            caseID: CaseID(id),
            since: now,
            dueAt: dueAt,
            lookedAt: now + 5,
            back: [
                Reappearance(
                    key: "production",
                    organizationID: OrganizationID("o1"),
                    organizationName: "One \"and\" only",
                    userID: UserID("u1"),
                    isUnderOtherAddress: true
                )
            ],
            backSince: now + 1,
            followedBy: CaseID("c_9"),
            endedBecause: "a reason"
        )
    }

    @Test("a watch comes back as it was kept, and a newer one takes its place", arguments: StoreUnderTest.allCases)
    func watches(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        let (one, other) = (try Sample.case("c_1", "avery", aliases: ["ave"]), try Sample.case("c_2", "blake"))
        let kept = [watch("c_1", dueAt: now + 20), watch("c_2", dueAt: now + 10)]
        try await store.write { session in
            try session.insert(one)
            try session.insert(other)
            #expect(try session.watch(of: one.id) == nil)
            for watch in kept { try session.save(watch) }
        }
        #expect(try await store.read { try $0.watch(of: one.id) } == kept[0])
        #expect(try await store.read { try $0.watches() } == [kept[1], kept[0]])
        let alias = [try Sample.email("ave")]
        #expect(try await store.read { try $0.watches(sharing: alias) } == [kept[0]])
        #expect(try await store.read { try $0.watches(sharing: []) } == [])
        #expect(try await store.read { try $0.watch(followedBy: CaseID("c_9")) } == kept[1])
        let over = Watch(caseID: one.id, since: now, dueAt: nil)
        try await store.write { try $0.save(over) }
        #expect(try await store.read { try $0.watch(of: one.id) } == over)
        #expect(try await store.read { try $0.watches() } == [kept[1]])
        #expect(try await store.read { try $0.watches(sharing: alias) } == [])
    }

    @Test("a look is due after one time and by another", arguments: StoreUnderTest.allCases)
    func due(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        let (one, now) = (try Sample.case("c_1", "avery"), now)
        let kept = watch("c_1", dueAt: now)
        try await store.write { session in
            try session.insert(one)
            try session.save(kept)
        }
        for (after, by, isDue) in [
            (Date.distantPast, now, true), (now - 1, now, true), (now, now + 1, false), (now - 9, now - 1, false),
        ] { #expect(try await store.read { try $0.hasLookDue(after: after, by: by) } == isDue) }
    }

    @Test("invitations are kept in order and replaced whole", arguments: StoreUnderTest.allCases)
    func invitations(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        let (one, now) = (try Sample.case("c_1", "avery"), now)
        let kept = [
            CaseInvitation(
                key: "b",
                invitation: InvitationID("i_2"),
                organizationID: OrganizationID("o1"),
                organizationName: "One",
                status: "Pending",
                expiresAt: now + 9,
                seenAt: now
            ),
            CaseInvitation(key: "a", invitation: nil, seenAt: now, problem: "a reason"),
        ]
        try await store.write { session in
            try session.insert(one)
            try session.replaceInvitations(of: one.id, with: kept)
        }
        #expect(try await store.read { try $0.invitations(of: one.id) } == kept)
        try await store.write { try $0.replaceInvitations(of: one.id, with: [kept[1]]) }
        #expect(try await store.read { try $0.invitations(of: one.id) } == [kept[1]])
    }

    @Test("the schedule comes back as it was kept", arguments: StoreUnderTest.allCases)
    func schedule(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        #expect(try await store.read { try $0.sweepSchedule() } == nil)
        for schedule in [
            SweepSchedule(dueAt: now), SweepSchedule(dueAt: now + 1, asked: 3, answered: 2, troubleSince: now),
        ] {
            try await store.write { try $0.save(schedule) }
            #expect(try await store.read { try $0.sweepSchedule() } == schedule)
        }
    }
}
