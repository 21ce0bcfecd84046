internal import Offboarding

/// An entry of the audit chain as its row.
struct AuditEntryRow {
    let sequence: Int64
    /// In milliseconds since 1970.
    let at: Int64
    let caseID: String?
    let bytes: [UInt8]
    let hash: [UInt8]
}

/// Adds to the audit chain inside one transaction, and signs what it has come to before the transaction is committed.
///
/// The end of the chain is read once in each transaction, since others add to it. Entries are written some at a time, by
/// ``flush()`` at the latest. Made for one transaction and used on its thread alone.
final class AuditWriter {
    /// The end of the chain: the last entry's number and hash.
    struct End {
        var sequence: Int64
        var hash: [UInt8]
    }

    let parts: AuditParts
    private let database: any SQLDatabase
    private var end: End?
    private var pending: [AuditEntryRow] = []
    private var signedThrough: Int64?

    /// How many entries wait at most.
    private static let most = 512

    init(_ database: any SQLDatabase, _ parts: AuditParts) {
        self.database = database
        self.parts = parts
    }

    /// The number of the next entry.
    func next() throws -> Int64 { try current().sequence + 1 }

    /// Appends an entry.
    ///
    /// - Parameters:
    ///   - at: in milliseconds since 1970.
    func append(_ draft: AuditDraft, at: Int64, caseID: String?) throws {
        let end = try current()
        let sequence = end.sequence + 1
        let bytes = draft.bytes(sequence: sequence, after: end.hash)
        let hash = try parts.sha256(bytes)
        pending.append(AuditEntryRow(sequence: sequence, at: at, caseID: caseID, bytes: bytes, hash: hash))
        self.end = End(sequence: sequence, hash: hash)
        if pending.count >= Self.most { try flush() }
    }

    /// Writes what waits: before anything reads the chain, and before a piece of work that may be undone begins or ends.
    func flush() throws {
        guard !pending.isEmpty else { return }
        try database.insert(pending)
        pending.removeAll(keepingCapacity: true)
    }

    /// Where the chain ends now, to go back to if what follows is undone. What was appended before is written.
    func mark() throws -> End? {
        try flush()
        return end
    }

    /// Takes back what was appended since a mark: rows that were written are gone.
    func rewind(to mark: End?) {
        end = mark
        pending.removeAll(keepingCapacity: true)
    }

    /// Signs the end of the chain, if anything was appended and there is a key: once for all that is committed together.
    func sign() throws {
        try flush()
        guard let signer = parts.signer, let end, end.sequence > (signedThrough ?? 0) else { return }
        let key: AuditPublicKey
        let signature: [UInt8]
        do {
            key = try signer.publicKey()
            let head = AuditCheckpoint(sequence: end.sequence, hash: end.hash, signature: nil)
            signature = try signer.sign(Array(head.signedText.utf8))
        } catch {
            throw StoreError(.unavailable, "the audit chain cannot be signed: \(error)")
        }
        try database.execute(
            "INSERT INTO audit_keys (fingerprint, key) VALUES (?, ?) ON CONFLICT (fingerprint) DO NOTHING",
            [key.fingerprint, key.bytes]
        )
        // In place of one that is left of a chain that was cut: it is no reason to take no more deliveries.
        try database.execute(
            """
            INSERT INTO audit_heads (sequence, key, signature) VALUES (?, ?, ?)
            ON CONFLICT (sequence) DO UPDATE SET key = excluded.key, signature = excluded.signature
            """,
            [end.sequence, key.fingerprint, signature]
        )
    }

    private func current() throws -> End {
        if let end { return end }
        let last = try database.rows(
            "SELECT sequence, hash FROM audit_entries WHERE sequence = (SELECT max(sequence) FROM audit_entries)",
            []
        ).first
        let begun = last.map { End(sequence: $0[0], hash: $0[1]) } ?? End(sequence: 0, hash: AuditEntry.beginning)
        signedThrough = begun.sequence
        end = begun
        return begun
    }
}
