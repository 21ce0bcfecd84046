internal import Foundation
internal import Offboarding

extension SQLSession {
    func memberships(seenUnder emails: [EmailAddress]) throws -> Set<Membership> {
        guard !emails.isEmpty else { return [] }
        return Set(
            try rows(
                "SELECT organization_id, user_id FROM sightings WHERE email IN (\(Self.placeholders(emails.count)))",
                emails.map(\.text)
            ).map(Self.membership)
        )
    }

    func sightings(in organization: OrganizationID, since: Date) throws -> Set<Sighting> {
        Set(
            try rows(
                "SELECT * FROM sightings WHERE organization_id = ? AND last_seen_at >= ?",
                [organization.text, since.milliseconds]
            ).map(Self.sighting)
        )
    }

    private static func membership(_ row: SQLRow) -> Membership {
        Membership(organization: OrganizationID(row["organization_id"]), user: UserID(row["user_id"]))
    }

    static func sighting(_ row: SQLRow) throws -> Sighting {
        Sighting(membership: membership(row), email: try email(row["email"]))
    }

    func keep(_ sightings: [Sighting], at now: Date) throws {
        for sighting in sightings {
            try execute(
                """
                INSERT INTO sightings (organization_id, user_id, email, first_seen_at, last_seen_at)
                VALUES (?1, ?2, ?3, ?4, ?4) ON CONFLICT (organization_id, user_id, email) DO UPDATE SET last_seen_at = excluded.last_seen_at
                """,
                [
                    sighting.membership.organization.text, sighting.membership.user.text, sighting.email.text,
                    now.milliseconds,
                ]
            )
        }
    }
}
