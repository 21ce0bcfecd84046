public import Foundation

/// That an organization's list showed a user under an address.
///
/// What is remembered of a proven list. Whoever leaves may have changed the address of their own Vultr account before; the
/// memory tells whose it was.
public struct Sighting: Sendable, Hashable {
    public let membership: Membership
    /// In compared form.
    public let email: EmailAddress

    public init(membership: Membership, email: EmailAddress) {
        self.membership = membership
        self.email = email
    }
}

/// A sighting with its times.
public struct SightingRecord: Sendable, Equatable {
    public let sighting: Sighting
    public let firstSeenAt: Date
    public let lastSeenAt: Date

    public init(sighting: Sighting, firstSeenAt: Date, lastSeenAt: Date) {
        self.sighting = sighting
        self.firstSeenAt = firstSeenAt
        self.lastSeenAt = lastSeenAt
    }
}

extension KeyReading {
    /// Everybody whom the key's proven lists show, for each organization that it acts on. Service users are no persons
    /// (rule 4). As in a plan, a row of the users list stands for each organization that the key lists and covers (rule 3).
    var sightings: Set<Sighting> {
        guard failure == nil, organizations.isProven else { return [] }
        var seen: Set<Sighting> = []
        for organization in covered {
            let suspended = suspendedRows(of: organization.id).flatMap { $0.isProven ? $0.rows : nil } ?? []
            for row in (users.isProven ? users.rows : []) + suspended {
                guard let email = row.address, row.isServiceUser != true, !serviceUsers.contains(row.id) else {
                    continue
                }
                let membership = Membership(organization: organization.id, user: row.id)
                seen.insert(Sighting(membership: membership, email: email))
            }
        }
        return seen
    }
}
