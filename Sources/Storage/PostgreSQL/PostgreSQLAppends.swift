internal import Offboarding

/// Appends a batch of deliveries in as many round trips for all of them as for one: what is known of them, then their rows.
struct PostgreSQLAppends {
    private struct First {
        let id: String
        let receivedAt: Int64
        let sequence: Int64?
    }

    private struct Key: Hashable {
        let sender: String
        let signedID: [UInt8]
        let bodyDigest: [UInt8]
    }

    private let database: PostgreSQLDatabase
    private let audit: AuditWriter
    /// What the store and this batch have of each replay key: the newest.
    private var firsts: [Key: First] = [:]
    private var signedIDs: Set<Key> = []
    private var usedIDs: Set<String> = []
    private var new: [(delivery: PreparedDelivery, auditSequence: Int64)] = []
    /// Deliveries that came again after a day, by digest alone.
    private var repetitions: [(first: First, again: PreparedDelivery)] = []

    init(_ database: PostgreSQLDatabase, _ audit: AuditWriter) {
        self.database = database
        self.audit = audit
    }

    mutating func append(_ deliveries: [PreparedDelivery]) throws -> AppendedDeliveries {
        try lookUp(deliveries)
        var appended = AppendedDeliveries()
        appended.outcomes = try deliveries.map { try outcome(of: $0) }
        for one in repetitions { try note(one.first, again: one.again) }
        appended.newest = try insert()
        return appended
    }

    /// `sequence + 0`, so that the replay key's index is taken: the table's own order would be walked from its end to find
    /// the newest of a key that is not there.
    private mutating func lookUp(_ deliveries: [PreparedDelivery]) throws {
        let found = try database.rows(
            """
            SELECT k.n, same.id, same.received_at, same.sequence, known.received_at IS NOT NULL, used.id IS NOT NULL
            FROM unnest($1, $2, $3, $4, $5) WITH ORDINALITY AS k (id, sender, signed_id, body_digest, since, n)
            LEFT JOIN LATERAL (
                SELECT id, received_at, sequence FROM deliveries
                WHERE sender = k.sender AND signed_id = k.signed_id AND body_digest = k.body_digest
                    AND received_at >= k.since
                ORDER BY sequence + 0 DESC LIMIT 1
            ) same ON TRUE
            LEFT JOIN LATERAL (
                SELECT received_at FROM deliveries
                WHERE sender = k.sender AND signed_id = k.signed_id AND received_at >= k.since AND k.signed_id <> ''
                LIMIT 1
            ) known ON TRUE
            LEFT JOIN deliveries used ON used.id = k.id
            WHERE same.id IS NOT NULL OR known.received_at IS NOT NULL OR used.id IS NOT NULL
            """,
            [
                PostgreSQLParameter(texts: deliveries.map(\.id.text)),
                PostgreSQLParameter(texts: deliveries.map(\.sender)),
                PostgreSQLParameter(blobs: deliveries.map(\.signedID)),
                PostgreSQLParameter(blobs: deliveries.map(\.bodyDigest)),
                PostgreSQLParameter(integers: deliveries.map(\.rememberedSince)),
            ]
        )
        for row in found {
            let delivery = deliveries[row[0] - 1]
            if let id = row[1] as String? {
                firsts[Self.key(delivery)] = First(id: id, receivedAt: row[2], sequence: row[3])
            }
            if row[4] { signedIDs.insert(Self.signedID(delivery)) }
            if row[5] { usedIDs.insert(delivery.id.text) }
        }
    }

    private mutating func outcome(of delivery: PreparedDelivery) throws -> Result<AppendOutcome, StoreError> {
        let key = Self.key(delivery)
        if let first = firsts[key], first.receivedAt >= delivery.rememberedSince {
            let isOld = delivery.receivedAt - first.receivedAt > PreparedDelivery.repetitionAge
            if delivery.signedID.isEmpty, isOld, first.sequence != nil { repetitions.append((first, delivery)) }
            return .success(.duplicate(of: DeliveryID(first.id)))
        }
        guard let entry = delivery.entry else { return .success(.unknown) }
        guard usedIDs.insert(delivery.id.text).inserted else {
            return .failure(StoreError(.unavailable, "a delivery's id was used twice"))
        }
        let isReused = !delivery.signedID.isEmpty && !signedIDs.insert(Self.signedID(delivery)).inserted
        new.append((delivery, try audit.next()))
        try audit.append(entry, at: delivery.receivedAt, caseID: nil)
        firsts[key] = First(id: delivery.id.text, receivedAt: delivery.receivedAt, sequence: nil)
        return .success(.accepted(delivery.id, reusedID: isReused))
    }

    private func insert() throws -> NewestDelivery? {
        guard !new.isEmpty else { return nil }
        let deliveries = new.map(\.delivery)
        let newest = try database.rows(
            """
            WITH new AS (
                SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) WITH ORDINALITY AS n (
                    id, sender, received_at, signed_id, body_digest, secret_name, state, reason, audit_sequence,
                    audit_salt, headers, body, n)
            ), kept AS (
                INSERT INTO deliveries (id, sender, received_at, signed_id, body_digest, secret_name, state, reason,
                    audit_sequence, audit_salt)
                SELECT id, sender, received_at, signed_id, body_digest, secret_name, state, reason, audit_sequence,
                    audit_salt
                FROM new ORDER BY n
                RETURNING sequence, id, received_at
            ), contents AS (
                INSERT INTO delivery_contents (sequence, headers, body)
                SELECT kept.sequence, new.headers, new.body FROM kept JOIN new USING (id)
            )
            SELECT sequence, received_at FROM kept ORDER BY sequence DESC LIMIT 1
            """,
            [
                PostgreSQLParameter(texts: deliveries.map(\.id.text)),
                PostgreSQLParameter(texts: deliveries.map(\.sender)),
                PostgreSQLParameter(integers: deliveries.map(\.receivedAt)),
                PostgreSQLParameter(blobs: deliveries.map(\.signedID)),
                PostgreSQLParameter(blobs: deliveries.map(\.bodyDigest)),
                PostgreSQLParameter(texts: deliveries.map(\.secretName)),
                PostgreSQLParameter(texts: deliveries.map(\.state)),
                PostgreSQLParameter(texts: deliveries.map(\.reason)),
                PostgreSQLParameter(integers: new.map(\.auditSequence)),
                PostgreSQLParameter(blobs: deliveries.map(\.salt)),
                PostgreSQLParameter(utf8: deliveries.map(\.headers)),
                PostgreSQLParameter(blobs: deliveries.map(\.body)),
            ]
        ).first
        return newest.map { NewestDelivery(sequence: $0[0], receivedAt: $0[1]) }
    }

    private func note(_ first: First, again: PreparedDelivery) throws {
        try database.execute(
            """
            INSERT INTO repeated_deliveries (delivery, noticed_at, waiting) VALUES (?1, ?2, 1)
            ON CONFLICT (delivery) DO UPDATE SET noticed_at = ?2, waiting = 1
                WHERE repeated_deliveries.noticed_at <= ?2 - \(PreparedDelivery.repetitionAge)
            """,
            [first.id, again.receivedAt]
        )
        // It is to be read again, and its body may have been let go since.
        try database.execute(
            "INSERT INTO delivery_contents (sequence, headers, body) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            [first.sequence, String(decoding: again.headers, as: UTF8.self), again.body]
        )
    }

    private static func key(_ delivery: PreparedDelivery) -> Key {
        Key(sender: delivery.sender, signedID: delivery.signedID, bodyDigest: delivery.bodyDigest)
    }

    private static func signedID(_ delivery: PreparedDelivery) -> Key {
        Key(sender: delivery.sender, signedID: delivery.signedID, bodyDigest: [])
    }
}

extension PostgreSQLDatabase {
    func append(_ deliveries: [PreparedDelivery], _ audit: AuditWriter) throws -> AppendedDeliveries {
        var appends = PostgreSQLAppends(self, audit)
        return try appends.append(deliveries)
    }

    func insert(_ entries: [AuditEntryRow]) throws {
        _ = try rows(
            """
            INSERT INTO audit_entries (sequence, at, case_id, bytes, hash)
            SELECT * FROM unnest($1, $2, $3, $4, $5)
            """,
            [
                PostgreSQLParameter(integers: entries.map(\.sequence)),
                PostgreSQLParameter(integers: entries.map(\.at)),
                PostgreSQLParameter(texts: entries.map(\.caseID)),
                PostgreSQLParameter(blobs: entries.map(\.bytes)),
                PostgreSQLParameter(blobs: entries.map(\.hash)),
            ]
        )
    }
}
