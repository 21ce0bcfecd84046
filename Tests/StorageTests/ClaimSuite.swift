import Foundation
import Offboarding
import Testing

@Suite("A store's leases")
struct ClaimSuite {
    private let now = Sample.start + 100
    private let until = Sample.start + 160

    private func leased(_ id: String, _ name: String, owner: String, until: Date) throws -> Case {
        var running = try Sample.case(id, name, state: .running)
        running.lease = Case.Lease(owner: owner, until: until)
        return running
    }

    @Test("in every state, only what is due is claimed", arguments: StoreUnderTest.allCases)
    func everyState(_ kind: StoreUnderTest) async throws {
        for state in CaseState.allCases {
            for (dueAt, isDue) in [(now, true), (now + 0.001, false), (nil, false)] as [(Date?, Bool)] {
                let store = try kind.make()
                var given = try Sample.case("c_1", "avery", state: state, dueAt: dueAt)
                if state == .running { given.lease = Case.Lease(owner: "other", until: now) }
                let one = given
                let claimed = try await store.write { session in
                    try session.insert(one)
                    return try session.claimDueCases(owner: "me", now: now, leaseUntil: until, limit: 9)
                }
                let claimable: Set<CaseState> = [.scheduled, .queued, .retrying, .attention]
                #expect(claimed.count == (isDue && claimable.contains(state) ? 1 : 0), "\(state) \(isDue)")
                for taken in claimed {
                    #expect(taken.state == .running)
                    #expect(taken.lease == Case.Lease(owner: "me", until: until))
                    #expect(try await store.read { try $0.case(taken.id) } == taken)
                }
            }
        }
    }

    @Test(
        "a lease that has run out is somebody else's, one that has not is left alone",
        arguments: StoreUnderTest.allCases
    )
    func deadWorker(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        let dead = try leased("c_1", "avery", owner: "dead", until: now - 0.001)
        let alive = try leased("c_2", "blake", owner: "alive", until: now)
        let claimed = try await store.write { session in
            try session.insert(dead)
            try session.insert(alive)
            return try session.claimDueCases(owner: "me", now: now, leaseUntil: until, limit: 9)
        }
        #expect(claimed.map(\.id) == [dead.id])
        #expect(claimed.first?.lease?.owner == "me")
        #expect(try await store.read { try $0.case(alive.id) } == alive)
    }

    @Test("the oldest due come first, as many as asked for", arguments: StoreUnderTest.allCases)
    func order(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        let cases = [
            try Sample.case("c_1", "a", dueAt: now - 1), try Sample.case("c_2", "b", state: .attention, dueAt: now - 5),
            try leased("c_3", "c", owner: "dead", until: now - 3),
            try Sample.case("c_4", "d", state: .retrying, dueAt: now - 2),
        ]
        let claimed = try await store.write { session in
            for one in cases { try session.insert(one) }
            return try session.claimDueCases(owner: "me", now: now, leaseUntil: until, limit: 3)
        }
        #expect(claimed.map(\.id.text) == ["c_2", "c_3", "c_4"])
        let rest = try await store.write {
            try $0.claimDueCases(owner: "me", now: now, leaseUntil: until, limit: 3)
        }
        #expect(rest.map(\.id.text) == ["c_1"])
    }

    @Test(
        "one case is claimed whatever its due time, unless it is scheduled, where its state allows it",
        arguments: StoreUnderTest.allCases
    )
    func claimOne(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        let expected: [(Case, Bool)] = [
            (try Sample.case("c_01", "a", state: .queued, dueAt: nil), true),
            (try Sample.case("c_02", "b", state: .retrying, dueAt: now + 999), true),
            (try Sample.case("c_03", "c", state: .attention, dueAt: nil), true),
            (try Sample.case("c_04", "d", state: .scheduled, effectiveAt: now - 1, dueAt: now + 1), false),
            (try Sample.case("c_05", "e", state: .scheduled, effectiveAt: now + 1, dueAt: now), true),
            (try Sample.case("c_06", "f", state: .held), false),
            (try Sample.case("c_07", "g", state: .completed), false),
            (try Sample.case("c_08", "h", state: .cancelled), false),
            (try Sample.case("c_09", "i", state: .refused), false),
            (try leased("c_10", "j", owner: "other", until: now), false),
            (try leased("c_11", "k", owner: "me", until: now + 1), false),
            (try leased("c_12", "l", owner: "other", until: now - 1), true),
        ]
        for (one, isClaimed) in expected {
            let claimed = try await store.write { session in
                try session.insert(one)
                return try session.claim(one.id, owner: "me", now: now, leaseUntil: until)
            }
            #expect((claimed != nil) == isClaimed, "\(one.id)")
            let kept = try await store.read { try $0.case(one.id) }
            #expect(kept == (claimed ?? one))
            if let claimed { #expect(claimed.lease == Case.Lease(owner: "me", until: until)) }
        }
        let unknown = try await store.write {
            try $0.claim(CaseID("c_99"), owner: "me", now: now, leaseUntil: until)
        }
        #expect(unknown == nil)
    }

    @Test("a worker extends its own leases only", arguments: StoreUnderTest.allCases)
    func extend(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        let mine = try leased("c_1", "avery", owner: "me", until: now)
        let other = try leased("c_2", "blake", owner: "other", until: now)
        try await store.write { session in
            try session.insert(mine)
            try session.insert(other)
            try session.extendLeases(of: [mine.id, other.id], owner: "me", until: until)
        }
        #expect(try await store.read { try $0.case(mine.id) }?.lease?.until == until)
        #expect(try await store.read { try $0.case(other.id) }?.lease?.until == now)
    }

    @Test("a dead worker's cases are freed and due at once", arguments: StoreUnderTest.allCases)
    func release(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        let dead = try leased("c_1", "avery", owner: "daemon:1", until: until)
        let other = try leased("c_2", "blake", owner: "command:2", until: until)
        let count = try await store.write { session in
            try session.insert(dead)
            try session.insert(other)
            return try session.releaseLeases(ownedByPrefix: "daemon:", now: now)
        }
        #expect(count == 1)
        let freed = try await store.read { try $0.case(dead.id) }
        #expect(freed?.state == .queued)
        #expect(freed?.lease == nil)
        #expect(freed?.dueAt == now)
        #expect(try await store.read { try $0.case(other.id) } == other)
    }
}
