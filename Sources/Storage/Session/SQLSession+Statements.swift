internal import Foundation
internal import Offboarding

extension SQLSession {
    func statements(about emails: [EmailAddress]) throws -> [Statement] {
        guard !emails.isEmpty else { return [] }
        return try rows(
            """
            SELECT * FROM statements WHERE sequence IN
                (SELECT statement FROM statement_emails WHERE email IN (\(Self.placeholders(emails.count))))
            ORDER BY ordered_at, sequence
            """,
            emails.map(\.text)
        ).map(statement)
    }

    func tellers(of told: Case) throws -> [String] {
        let found = try rows(
            "SELECT DISTINCT sender FROM statements WHERE case_id = ? AND kind = 'departed' ORDER BY sender",
            [told.id.text]
        ).map { $0[0] as String }
        return found.isEmpty ? [told.sender] : found
    }

    func statements(by sender: String, since: Date?) throws -> [Statement] {
        try rows(
            "SELECT * FROM statements WHERE sender = ? AND received_at >= ? ORDER BY received_at, sequence",
            [sender, since?.milliseconds ?? 0]
        ).map(statement)
    }

    func insert(_ statement: Statement) throws {
        let departure = statement.departure
        let inserted = try row(
            """
            INSERT INTO statements (kind, effective_at, occurred_at, sender, delivery, received_at, ordered_at, case_id)
            VALUES (\(Self.placeholders(8))) RETURNING sequence
            """,
            [
                departure.kind.rawValue, departure.effectiveAt?.milliseconds, departure.occurredAt?.milliseconds,
                statement.sender, statement.delivery?.text, statement.receivedAt.milliseconds,
                statement.orderedAt.milliseconds, statement.caseID?.text,
            ]
        )
        guard let sequence = inserted?[0] as Int64? else { throw StoreError(.damaged, "a statement was not kept") }
        for (position, email) in departure.emails.enumerated() {
            try execute(
                "INSERT INTO statement_emails (statement, position, email) VALUES (?, ?, ?)",
                [sequence, position, email.text]
            )
        }
        try note(.said(statement, by: actor, at: now))
    }

    private func statement(_ row: SQLRow) throws -> Statement {
        let sequence: Int64 = row["sequence"]
        let emails = try rows("SELECT email FROM statement_emails WHERE statement = ? ORDER BY position", [sequence])
            .map { try Self.email($0[0]) }
        guard let main = emails.first else { throw StoreError(.damaged, "a statement has no email in the store") }
        return Statement(
            departure: Departure(
                kind: try Self.word(row["kind"], "kind of departure"),
                email: main,
                aliases: Array(emails.dropFirst()),
                effectiveAt: Self.date(row["effective_at"]),
                occurredAt: Self.date(row["occurred_at"])
            ),
            sender: row["sender"],
            delivery: (row["delivery"] as String?).map { DeliveryID($0) },
            receivedAt: Date(milliseconds: row["received_at"]),
            caseID: (row["case_id"] as String?).map { CaseID($0) }
        )
    }
}
