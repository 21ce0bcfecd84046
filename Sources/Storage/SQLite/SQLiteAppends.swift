internal import GRDB
internal import Offboarding

/// The statements that append a delivery, looked up once for a batch and run through SQLite's own interface: they run for
/// every request, and GRDB's values cost more than the statements themselves.
struct SQLiteAppends {
    private let known: PlainStatement
    private let knownID: PlainStatement
    private let insert: PlainStatement
    private let insertContents: PlainStatement
    private let noteRepetition: PlainStatement
    /// The newest delivery that was appended.
    private(set) var newest: NewestDelivery?
    private let database: Database
    private let audit: AuditWriter

    init(_ database: Database, _ audit: AuditWriter) throws {
        self.database = database
        self.audit = audit
        known = try PlainStatement(
            database,
            """
            SELECT id, received_at, sequence FROM deliveries
            WHERE sender = ? AND signed_id = ? AND body_digest = ? AND received_at >= ?
            ORDER BY sequence DESC LIMIT 1
            """
        )
        knownID = try PlainStatement(
            database,
            "SELECT 1 FROM deliveries WHERE sender = ? AND signed_id = ? AND received_at >= ? LIMIT 1"
        )
        insert = try PlainStatement(
            database,
            """
            INSERT INTO deliveries (id, sender, received_at, signed_id, body_digest, secret_name, state, reason,
                audit_sequence, audit_salt)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        )
        insertContents = try PlainStatement(
            database,
            "INSERT OR IGNORE INTO delivery_contents (sequence, headers, body) VALUES (?, ?, ?)"
        )
        noteRepetition = try PlainStatement(
            database,
            """
            INSERT INTO repeated_deliveries (delivery, noticed_at, waiting) VALUES (?1, ?2, 1)
            ON CONFLICT (delivery) DO UPDATE SET noticed_at = ?2, waiting = 1 WHERE noticed_at <= ?2 - \(PreparedDelivery.repetitionAge)
            """
        )
    }

    /// Appends, or recognizes, inside the transaction that is open.
    mutating func append(_ new: PreparedDelivery) throws -> AppendOutcome {
        // Most signed ids are new, and then this is all that is asked.
        let isKnownID =
            try new.signedID.isEmpty
            || knownID.run {
                $0.text(new.sender)
                $0.bytes(new.signedID)
                $0.integer(new.rememberedSince)
            } _: { _ in
                true
            } ?? false
        if isKnownID, let duplicate = try duplicate(of: new) { return duplicate }
        guard let entry = new.entry else { return .unknown }
        let entrySequence = try audit.next()
        try insert.run {
            $0.text(new.id.text)
            $0.text(new.sender)
            $0.integer(new.receivedAt)
            $0.bytes(new.signedID)
            $0.bytes(new.bodyDigest)
            $0.optional(new.secretName)
            $0.text(new.state)
            $0.optional(new.reason)
            $0.integer(entrySequence)
            $0.bytes(new.salt)
        }
        let sequence = database.lastInsertedRowID
        try insert(contentsOf: new, as: sequence)
        newest = NewestDelivery(sequence: sequence, receivedAt: new.receivedAt)
        try audit.append(entry, at: new.receivedAt, caseID: nil)
        return .accepted(new.id, reusedID: isKnownID && !new.signedID.isEmpty)
    }

    private func insert(contentsOf new: PreparedDelivery, as sequence: Int64) throws {
        try new.headers.withUnsafeBytes { headers in
            try new.body.withUnsafeBytes { body in
                try insertContents.run {
                    $0.integer(sequence)
                    $0.lent(text: headers)
                    $0.lent(bytes: body)
                }
            }
        }
    }

    private func duplicate(of new: PreparedDelivery) throws -> AppendOutcome? {
        let first = try known.run {
            $0.text(new.sender)
            $0.bytes(new.signedID)
            $0.bytes(new.bodyDigest)
            $0.integer(new.rememberedSince)
        } _: { row in
            (id: row.text(at: 0), receivedAt: row.integer(at: 1), sequence: row.integer(at: 2))
        }
        guard let first else { return nil }
        if new.signedID.isEmpty, new.receivedAt - first.receivedAt > PreparedDelivery.repetitionAge {
            try noteRepetition.run {
                $0.text(first.id)
                $0.integer(new.receivedAt)
            }
            // It is to be read again, and its body may have been let go since.
            try insert(contentsOf: new, as: first.sequence)
        }
        return .duplicate(of: DeliveryID(first.id))
    }
}
