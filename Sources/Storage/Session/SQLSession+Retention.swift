internal import Foundation
internal import Offboarding

/// What is old is found from the oldest end: rows come in the order of their time but for a clock that stepped, so that no
/// index by time is needed. A look ends with the first lot in which nothing is old.
extension SQLSession {
    func ageOut(_ horizon: RetentionHorizon, limit: Int) throws -> AgedOut {
        AgedOut(
            bodies: try dropBodies(before: horizon.bodies.milliseconds, limit),
            cases: try dropCases(before: horizon.cases.milliseconds, limit),
            deliveries: try dropDeliveries(before: horizon.deliveries.milliseconds, limit),
            others: try dropOthers(before: horizon.cases.milliseconds, limit)
        )
    }

    /// Rows of a table by its key, oldest first, up to `limit` of those that are old and may go.
    ///
    /// - Parameter sql: selects key, time and whether it may go, behind `?1` and at most `?2`.
    private func old<Key: SQLValueConvertible & SQLReadable>(
        _ sql: String,
        from first: Key,
        before horizon: Int64,
        _ limit: Int
    ) throws -> [Key] {
        var found: [Key] = []
        var last = first
        while found.count < limit {
            let lot = try rows(sql, [last, limit])
            guard let end = lot.last else { break }
            last = end[0]
            let aged = lot.filter { ($0[1] as Int64) < horizon }
            if aged.isEmpty { break }
            found += aged.filter { $0[2] }.map { $0[0] }
        }
        return Array(found.prefix(limit))
    }

    private func dropBodies(before horizon: Int64, _ limit: Int) throws -> Int {
        let sequences = try old(
            """
            SELECT c.sequence, d.received_at, d.state IN ('interpreted', 'ignored')
            FROM delivery_contents c JOIN deliveries d ON d.sequence = c.sequence
            WHERE c.sequence > ?1 ORDER BY c.sequence LIMIT ?2
            """,
            from: Int64(0),
            before: horizon,
            limit
        )
        for sequence in sequences {
            try execute("DELETE FROM delivery_contents WHERE sequence = ?", [sequence])
        }
        return sequences.count
    }

    /// A case goes with its removals, its statements and its notices; one whose person is still looked for stays.
    private func dropCases(before horizon: Int64, _ limit: Int) throws -> Int {
        let ids = try old(
            """
            SELECT id, coalesce(finished_at, received_at), state IN ('completed', 'cancelled', 'refused')
                AND NOT EXISTS (SELECT 1 FROM watches WHERE case_id = cases.id AND due_at IS NOT NULL)
            FROM cases WHERE id > ?1 ORDER BY id LIMIT ?2
            """,
            from: "",
            before: horizon,
            limit
        )
        for id in ids { try drop(CaseID(id)) }
        return ids.count
    }

    private func drop(_ id: CaseID) throws {
        for subject in NoticeBoard.subjects(of: id) { try setNoticeCause(nil, of: subject) }
        let emails = try rows(
            """
            SELECT email FROM case_emails WHERE case_id = ?1 UNION
            SELECT e.email FROM statement_emails e JOIN statements s ON s.sequence = e.statement WHERE s.case_id = ?1
            """,
            [id.text]
        ).map { $0[0] as String }
        try execute("DELETE FROM statements WHERE case_id = ?", [id.text])
        try execute("DELETE FROM cases WHERE id = ?", [id.text])
        for email in emails { try forgetSalt(ofUnknown: email) }
    }

    /// Nobody can tell any more whom the audit chain is about once nothing else of them is kept.
    private func forgetSalt(ofUnknown email: String) throws {
        try execute(
            """
            DELETE FROM audit_salts WHERE email = ?1
                AND NOT EXISTS (SELECT 1 FROM case_emails WHERE email = ?1)
                AND NOT EXISTS (SELECT 1 FROM statement_emails WHERE email = ?1)
            """,
            [email]
        )
    }

    private func dropDeliveries(before horizon: Int64, _ limit: Int) throws -> Int {
        let sequences = try old(
            """
            SELECT sequence, received_at, state IN ('interpreted', 'ignored') AND NOT EXISTS (
                SELECT 1 FROM statements WHERE delivery = deliveries.id AND case_id IS NOT NULL
            )
            FROM deliveries WHERE sequence > ?1 ORDER BY sequence LIMIT ?2
            """,
            from: Int64(0),
            before: horizon,
            limit
        )
        for sequence in sequences {
            try execute(
                "DELETE FROM repeated_deliveries WHERE delivery = (SELECT id FROM deliveries WHERE sequence = ?)",
                [sequence]
            )
            try execute("DELETE FROM deliveries WHERE sequence = ?", [sequence])
        }
        return sequences.count
    }

    private func dropOthers(before horizon: Int64, _ limit: Int) throws -> Int {
        let statements = try old(
            "SELECT sequence, received_at, case_id IS NULL FROM statements WHERE sequence > ?1 ORDER BY sequence LIMIT ?2",
            from: Int64(0),
            before: horizon,
            limit
        )
        for sequence in statements {
            let emails = try rows("SELECT email FROM statement_emails WHERE statement = ?", [sequence])
                .map { $0[0] as String }
            try execute("DELETE FROM statements WHERE sequence = ?", [sequence])
            for email in emails { try forgetSalt(ofUnknown: email) }
        }
        // What every target has been told of, or is too old to be news.
        let notices = try execute(
            "DELETE FROM notices WHERE sequence IN (SELECT sequence FROM notices WHERE at < ?1 ORDER BY at LIMIT ?2)",
            [horizon, limit]
        )
        let sightings = try rows(
            "SELECT organization_id, user_id, email FROM sightings WHERE last_seen_at < ?1 ORDER BY last_seen_at LIMIT ?2",
            [horizon, limit]
        )
        for row in sightings {
            try execute(
                "DELETE FROM sightings WHERE organization_id = ? AND user_id = ? AND email = ?",
                [row[0] as String, row[1] as String, row[2] as String]
            )
        }
        return statements.count + notices + sightings.count
    }

    func deliveries(about emails: [EmailAddress]) throws -> [Delivery] {
        let ids = try rows(
            """
            SELECT DISTINCT s.delivery FROM statement_emails e JOIN statements s ON s.sequence = e.statement
            WHERE e.email IN (\(Self.placeholders(emails.count))) AND s.delivery IS NOT NULL ORDER BY s.delivery
            """,
            emails.map(\.text)
        ).map { DeliveryID($0[0]) }
        return try ids.compactMap(delivery)
    }

    func sightings(of emails: [EmailAddress]) throws -> [SightingRecord] {
        try rows(
            """
            SELECT * FROM sightings WHERE email IN (\(Self.placeholders(emails.count)))
            ORDER BY organization_id, user_id, email
            """,
            emails.map(\.text)
        ).map { row in
            SightingRecord(
                sighting: try Self.sighting(row),
                firstSeenAt: Date(milliseconds: row["first_seen_at"]),
                lastSeenAt: Date(milliseconds: row["last_seen_at"])
            )
        }
    }

    func notices(about emails: [EmailAddress]) throws -> [Notice] {
        try rows(
            """
            SELECT content FROM notices WHERE \(database.dialect.member("email", of: "content")) IN (\(Self.placeholders(emails.count)))
            ORDER BY sequence
            """,
            emails.map(\.text)
        ).map { try JSONText.decode($0[0]) }
    }

    func erase(_ file: PersonFile) throws {
        for delivery in file.deliveries {
            try execute(
                "DELETE FROM delivery_contents WHERE sequence = (SELECT sequence FROM deliveries WHERE id = ?)",
                [delivery.id.text]
            )
            try execute("UPDATE deliveries SET audit_salt = NULL WHERE id = ?", [delivery.id.text])
        }
        for one in file.cases {
            try drop(one.id)
        }
        for email in file.emails {
            try execute(
                "DELETE FROM statements WHERE sequence IN (SELECT statement FROM statement_emails WHERE email = ?)",
                [email.text]
            )
            try execute("DELETE FROM sightings WHERE email = ?", [email.text])
            try execute(
                "DELETE FROM notices WHERE \(database.dialect.member("email", of: "content")) = ?",
                [email.text]
            )
            try execute("DELETE FROM audit_salts WHERE email = ?", [email.text])
        }
    }
}
