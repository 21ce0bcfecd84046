import Foundation
import Offboarding
import Testing

@Suite("A store's memory of who had which address")
struct SightingSuite {
    private let now = Sample.start

    @Test("tells every membership that was seen under an address, now or before", arguments: StoreUnderTest.allCases)
    func seenUnder(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        let (avery, blake) = (try Sample.email("avery"), try Sample.email("blake"))
        let seen = [
            Sample.sighting("o1", "u1", avery), Sample.sighting("o2", "u1", avery), Sample.sighting("o1", "u2", blake),
        ]
        try await store.write { [now] session in
            try session.keep(seen, at: now)
            try session.keep([Sample.sighting("o1", "u1", blake)], at: now + 60)
        }
        let averys = Set(seen.prefix(2).map(\.membership))
        #expect(try await store.read { try $0.memberships(seenUnder: [avery]) } == averys)
        #expect(try await store.read { try $0.memberships(seenUnder: [blake]) }.count == 2)
        #expect(try await store.read { try $0.memberships(seenUnder: []) } == [])
        let both = [avery, blake]
        #expect(try await store.read { try $0.memberships(seenUnder: both) }.count == 3)
    }

    @Test("what is seen again is known as of then; what was not seen for long goes", arguments: StoreUnderTest.allCases)
    func again(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        let (avery, blake, now) = (try Sample.email("avery"), try Sample.email("blake"), now)
        let (one, other) = (Sample.sighting("o1", "u1", avery), Sample.sighting("o1", "u2", blake))
        let organization = one.membership.organization
        try await store.write { session in
            try session.keep([one, other], at: now)
            try session.keep([one], at: now + 60)
        }
        #expect(try await store.read { try $0.sightings(in: organization, since: now) } == [one, other])
        #expect(try await store.read { try $0.sightings(in: organization, since: now + 1) } == [one])
        let horizon = RetentionHorizon(bodies: now, cases: now + 1, deliveries: now)
        #expect(try await store.write { try $0.ageOut(horizon, limit: 10) } == AgedOut(others: 1))
        #expect(try await store.read { try $0.sightings(in: organization, since: now) } == [one])
        let record = SightingRecord(sighting: one, firstSeenAt: now, lastSeenAt: now + 60)
        #expect(try await store.read { try $0.sightings(of: [avery, blake]) } == [record])
    }
}

extension Sample {
    static func sighting(_ organization: String, _ user: String, _ email: EmailAddress) -> Sighting {
        Sighting(
            membership: Membership(organization: OrganizationID(organization), user: UserID(user)),
            email: email
        )
    }
}
