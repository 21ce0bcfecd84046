internal import GRDB
internal import Offboarding

/// A delivery made ready for its row on its caller's thread, so that the one writer has less to do.
///
/// A class, because it is handed from list to list on its way to the writer.
final class PreparedDelivery: Sendable {
    let id: DeliveryID
    let sender: String
    let receivedAt: Int64
    let rememberedSince: Int64
    /// Empty where only the digest tells deliveries apart.
    let signedID: [UInt8]
    let bodyDigest: [UInt8]
    let secretName: String?
    let state: String
    let reason: String?
    /// As ``HeaderText`` writes them.
    let headers: [UInt8]
    let body: [UInt8]
    /// The bytes that are hidden in ``entry``'s commitment to the body's digest.
    let salt: [UInt8]
    /// Its entry in the audit chain; `nil` where it is only to be recognized.
    let entry: AuditDraft?

    /// How many random bytes hide a body's digest: more than anybody tries.
    private static let saltLength = 16

    init(_ incoming: IncomingDelivery, _ audit: AuditParts) throws {
        let delivery = incoming.delivery
        id = delivery.id
        sender = delivery.sender
        receivedAt = delivery.receivedAt.milliseconds
        rememberedSince = incoming.rememberedSince.milliseconds
        signedID = delivery.replayKey.storedID
        bodyDigest = delivery.replayKey.bodyDigest
        secretName = delivery.secretName
        state = delivery.state.rawValue
        reason = delivery.reason
        headers = HeaderText.encode(delivery.headers)
        body = delivery.body
        guard !incoming.onlyIfKnown else {
            salt = []
            entry = nil
            return
        }
        salt = AuditSalt.random(Self.saltLength)
        entry = .accepted(delivery, contents: try audit.sha256(salt + bodyDigest))
    }
}

/// The statements that append a delivery, looked up once for a batch and run through SQLite's own interface: they run for
/// every request, and GRDB's values cost more than the statements themselves.
struct AppendStatements {
    /// A repetition by digest alone is news again after this long (rule 14), in milliseconds.
    static let repetitionAge: Int64 = 86_400_000

    private let known: PlainStatement
    private let knownID: PlainStatement
    private let insert: PlainStatement
    private let insertContents: PlainStatement
    private let noteRepetition: PlainStatement
    /// The newest delivery that was appended.
    private(set) var newest: (sequence: Int64, receivedAt: Int64)?
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
            ON CONFLICT DO UPDATE SET noticed_at = ?2, waiting = 1 WHERE noticed_at <= ?2 - \(Self.repetitionAge)
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
        newest = (sequence, new.receivedAt)
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
        if new.signedID.isEmpty, new.receivedAt - first.receivedAt > Self.repetitionAge {
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

extension ReplayKey {
    /// The signed id as it is kept: empty stands for none, because a signed id is never empty.
    var storedID: [UInt8] { Array((signedID ?? "").utf8) }
}
