internal import Foundation
internal import GRDB
internal import Offboarding

extension SQLiteSession {
    func memberships(seenUnder emails: [EmailAddress]) throws -> Set<Membership> {
        guard !emails.isEmpty else { return [] }
        return Set(
            try rows(
                "SELECT organization_id, user_id FROM sightings WHERE email IN (\(Self.placeholders(emails.count)))",
                StatementArguments(emails.map(\.text))
            ).map { Membership(organization: OrganizationID($0[0]), user: UserID($0[1])) }
        )
    }

    func sightings(in organization: OrganizationID, since: Date) throws -> Set<Sighting> {
        Set(
            try rows(
                "SELECT user_id, email FROM sightings WHERE organization_id = ? AND last_seen_at >= ?",
                [organization.text, since.milliseconds]
            ).map { row in
                Sighting(
                    membership: Membership(organization: organization, user: UserID(row[0])),
                    email: try EmailAddress(row[1])
                )
            }
        )
    }

    func keep(_ sightings: [Sighting], at now: Date) throws {
        for sighting in sightings {
            try execute(
                """
                INSERT INTO sightings (organization_id, user_id, email, first_seen_at, last_seen_at)
                VALUES (?1, ?2, ?3, ?4, ?4) ON CONFLICT DO UPDATE SET last_seen_at = excluded.last_seen_at
                """,
                [
                    sighting.membership.organization.text, sighting.membership.user.text, sighting.email.text,
                    now.milliseconds,
                ]
            )
        }
    }
}
