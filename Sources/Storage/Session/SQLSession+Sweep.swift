internal import Foundation
internal import Offboarding

extension SQLSession {
    func watch(of id: CaseID) throws -> Watch? {
        try row("SELECT * FROM watches WHERE case_id = ?", [id.text]).map(Self.watch)
    }

    func watches() throws -> [Watch] {
        try rows("SELECT * FROM watches WHERE due_at IS NOT NULL ORDER BY due_at, case_id").map(Self.watch)
    }

    func watches(sharing emails: [EmailAddress]) throws -> [Watch] {
        guard !emails.isEmpty else { return [] }
        return try rows(
            """
            SELECT * FROM watches WHERE due_at IS NOT NULL AND case_id IN
                (SELECT case_id FROM case_emails WHERE email IN (\(Self.placeholders(emails.count))))
            ORDER BY case_id
            """,
            emails.map(\.text)
        ).map(Self.watch)
    }

    func watch(followedBy id: CaseID) throws -> Watch? {
        try row(
            "SELECT * FROM watches WHERE followed_by = ? ORDER BY case_id DESC LIMIT 1",
            [id.text]
        ).map(Self.watch)
    }

    func hasLookDue(after earlier: Date, by now: Date) throws -> Bool {
        try row(
            "SELECT 1 FROM watches WHERE due_at IS NOT NULL AND due_at > ? AND due_at <= ? LIMIT 1",
            [earlier.milliseconds, now.milliseconds]
        ) != nil
    }

    func save(_ watch: Watch) throws {
        let event = AuditEvent.watched(watch, before: try self.watch(of: watch.caseID), by: actor, at: now)
        if let event { try note(event) }
        try execute(
            """
            INSERT INTO watches (case_id, since, due_at, looked_at, back, back_since, followed_by, ended_because)
            VALUES (\(Self.placeholders(8)))
            ON CONFLICT (case_id) DO UPDATE SET since = excluded.since, due_at = excluded.due_at, looked_at = excluded.looked_at,
                back = excluded.back, back_since = excluded.back_since, followed_by = excluded.followed_by,
                ended_because = excluded.ended_because
            """,
            [
                watch.caseID.text, watch.since.milliseconds, watch.dueAt?.milliseconds, watch.lookedAt?.milliseconds,
                try JSONText.encode(watch.back), watch.backSince?.milliseconds, watch.followedBy?.text,
                watch.endedBecause,
            ]
        )
    }

    private static func watch(_ row: SQLRow) throws -> Watch {
        Watch(
            caseID: CaseID(row["case_id"]),
            since: Date(milliseconds: row["since"]),
            dueAt: date(row["due_at"]),
            lookedAt: date(row["looked_at"]),
            back: try JSONText.decode(row["back"]),
            backSince: date(row["back_since"]),
            followedBy: (row["followed_by"] as String?).map { CaseID($0) },
            endedBecause: row["ended_because"]
        )
    }

    func invitations(of id: CaseID) throws -> [CaseInvitation] {
        try rows("SELECT * FROM case_invitations WHERE case_id = ? ORDER BY position", [id.text]).map { row in
            CaseInvitation(
                key: row["key"],
                invitation: (row["invitation"] as String?).map { InvitationID($0) },
                organizationID: (row["organization_id"] as String?).map { OrganizationID($0) },
                organizationName: row["organization_name"],
                status: row["status"],
                expiresAt: Self.date(row["expires_at"]),
                seenAt: Date(milliseconds: row["seen_at"]),
                problem: row["problem"]
            )
        }
    }

    func replaceInvitations(of id: CaseID, with invitations: [CaseInvitation]) throws {
        try execute("DELETE FROM case_invitations WHERE case_id = ?", [id.text])
        for (position, one) in invitations.enumerated() {
            try execute(
                """
                INSERT INTO case_invitations (case_id, position, key, invitation, organization_id, organization_name,
                    status, expires_at, seen_at, problem)
                VALUES (\(Self.placeholders(10)))
                """,
                [
                    id.text, position, one.key, one.invitation?.text, one.organizationID?.text, one.organizationName,
                    one.status, one.expiresAt?.milliseconds, one.seenAt.milliseconds, one.problem,
                ]
            )
        }
    }

    func sweepSchedule() throws -> SweepSchedule? {
        try row(
            #"SELECT due_at, asked, answered, trouble_since, last FROM sweep_schedule WHERE "only" = 1"#,
            []
        ).map {
            SweepSchedule(
                dueAt: Date(milliseconds: $0[0]),
                asked: $0[1],
                answered: $0[2],
                troubleSince: Self.date($0[3]),
                last: try ($0[4] as String?).map { try JSONText.decode($0) }
            )
        }
    }

    func save(_ schedule: SweepSchedule) throws {
        try execute(
            """
            INSERT INTO sweep_schedule ("only", due_at, asked, answered, trouble_since, last) VALUES (1, ?, ?, ?, ?, ?)
            ON CONFLICT ("only") DO UPDATE SET due_at = excluded.due_at, asked = excluded.asked, answered = excluded.answered,
                trouble_since = excluded.trouble_since, last = excluded.last
            """,
            [
                schedule.dueAt.milliseconds, schedule.asked, schedule.answered, schedule.troubleSince?.milliseconds,
                try schedule.last.map(JSONText.encode),
            ]
        )
    }
}
