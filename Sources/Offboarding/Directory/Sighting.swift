public import Foundation

/// That an organization's list showed a user under an address.
///
/// What is remembered of a proven list. Whoever leaves may have changed the address of their own Vultr account before; the
/// memory tells whose it was.
public struct Sighting: Sendable, Hashable {
    /// In ``severalOrganizations`` where the list stands for more than one.
    public let membership: Membership
    /// In compared form.
    public let email: EmailAddress

    public init(membership: Membership, email: EmailAddress) {
        self.membership = membership
        self.email = email
    }

    /// What stands for all organizations of a key that lists several. One row for each person then, not one for each person
    /// in each organization: a user id means the same person in every one.
    public static let severalOrganizations = OrganizationID("*")
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
    /// Everybody whom the key's proven lists show in organizations that it acts on. Service users are no persons (rule 4).
    /// As in a plan, a row of the users list stands for each organization that the key lists and covers (rule 3).
    var sightings: Set<Sighting> {
        guard failure == nil, organizations.isProven, let first = covered.first else { return [] }
        var seen: Set<Sighting> = []
        func see(_ rows: [VultrUser], in organization: OrganizationID) {
            for row in rows {
                guard let email = row.address, row.isServiceUser != true, !serviceUsers.contains(row.id) else {
                    continue
                }
                seen.insert(Sighting(membership: Membership(organization: organization, user: row.id), email: email))
            }
        }
        if users.isProven { see(users.rows, in: covered.count > 1 ? Sighting.severalOrganizations : first.id) }
        for organization in covered {
            guard let suspended = suspendedRows(of: organization.id), suspended.isProven else { continue }
            see(suspended.rows, in: organization.id)
        }
        return seen
    }
}
