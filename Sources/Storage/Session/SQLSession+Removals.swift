internal import Foundation
internal import Offboarding

extension SQLSession {
    // Empty stands for none in the key's columns, so that the primary key tells memberships and unreadable keys apart.

    func removals(of id: CaseID) throws -> [Removal] {
        try rows(
            "SELECT * FROM removals WHERE case_id = ? ORDER BY organization_id, user_id, key",
            [id.text]
        ).map(Self.removal)
    }

    func replaceRemovals(of id: CaseID, with removals: [Removal]) throws {
        let before = try self.removals(of: id)
        try execute("DELETE FROM removals WHERE case_id = ?", [id.text])
        for removal in removals { try save(removal, of: id, before: before.first { $0.isOfSame(removal) }) }
    }

    func save(_ removal: Removal, of id: CaseID) throws {
        try save(removal, of: id, before: removals(of: id).first { $0.isOfSame(removal) })
    }

    private func save(_ removal: Removal, of id: CaseID, before: Removal?) throws {
        try execute(
            """
            INSERT INTO removals (case_id, organization_id, user_id, unread_key, key, organization_name, outcome,
                http_status, attempts, may_have_been_applied, planned_at, detail)
            VALUES (\(Self.placeholders(12)))
            ON CONFLICT (case_id, organization_id, user_id, unread_key) DO UPDATE SET key = excluded.key, organization_name = excluded.organization_name,
                outcome = excluded.outcome, http_status = excluded.http_status, attempts = excluded.attempts,
                may_have_been_applied = excluded.may_have_been_applied, planned_at = excluded.planned_at,
                detail = excluded.detail
            """,
            [
                id.text, removal.organizationID?.text ?? "", removal.userID?.text ?? "",
                removal.membership == nil ? removal.key : "", removal.key, removal.organizationName,
                removal.outcome.rawValue, removal.httpStatus, removal.attempts, removal.mayHaveBeenApplied,
                removal.plannedAt?.milliseconds, removal.detail,
            ]
        )
        let event = AuditEvent.outcome(of: removal, before: before, case: id, by: actor, at: now)
        if let event { try note(event) }
    }

    private static func removal(_ row: SQLRow) throws -> Removal {
        let organization: String = row["organization_id"]
        let user: String = row["user_id"]
        var removal = Removal(
            key: row["key"],
            membership: nil,
            organizationName: row["organization_name"],
            outcome: try word(row["outcome"], "outcome"),
            detail: row["detail"]
        )
        removal.organizationID = organization.isEmpty ? nil : OrganizationID(organization)
        removal.userID = user.isEmpty ? nil : UserID(user)
        removal.httpStatus = row["http_status"]
        removal.attempts = row["attempts"]
        removal.mayHaveBeenApplied = row["may_have_been_applied"]
        removal.plannedAt = date(row["planned_at"])
        return removal
    }

    /// What the limits count (rule 16): a case that a person ended before any DELETE never happened.
    private static let planned = """
        FROM removals r JOIN cases c ON c.id = r.case_id
        WHERE r.planned_at IS NOT NULL AND r.planned_at >= ?1 AND r.user_id <> '' AND r.case_id <> ?2
            AND (?3 IS NULL OR c.sender = ?3 OR EXISTS (
                SELECT 1 FROM statements s WHERE s.case_id = c.id AND s.sender = ?3 AND s.kind = 'departed'))
            AND (?4 = 1 OR r.outcome <> 'dry_run')
            AND NOT (c.state IN ('cancelled', 'refused')
                AND NOT EXISTS (SELECT 1 FROM removals a WHERE a.case_id = c.id AND a.attempts > 0))
        """

    func plannedUsers(
        since: Date,
        sender: String?,
        countingDryRuns: Bool,
        excluding: CaseID?
    ) throws -> Set<UserID> {
        let found = try rows(
            "SELECT DISTINCT r.user_id \(Self.planned)",
            [since.milliseconds, excluding?.text ?? "", sender, countingDryRuns]
        )
        return Set(found.map { UserID($0[0]) })
    }

    func plannedUsersByOrganization(
        since: Date,
        countingDryRuns: Bool,
        excluding: CaseID
    ) throws -> [OrganizationID: Set<UserID>] {
        let found = try rows(
            "SELECT DISTINCT r.organization_id, r.user_id \(Self.planned)",
            [since.milliseconds, excluding.text, String?.none, countingDryRuns]
        )
        return found.reduce(into: [:]) { users, row in users[OrganizationID(row[0]), default: []].insert(UserID(row[1]))
        }
    }
}
