internal import Foundation
internal import GRDB
internal import Offboarding

/// Adds to the audit chain inside one transaction, and signs what it has come to before the transaction is committed.
///
/// The end of the chain is read once in each transaction, since commands add to it beside the daemon. Made for one
/// transaction and used on its thread alone.
final class AuditWriter {
    /// The end of the chain: the last entry's number and hash.
    struct End {
        var sequence: Int64
        var hash: [UInt8]
    }

    let parts: AuditParts
    private let database: Database
    private var end: End?
    private var insert: PlainStatement?
    private var signedThrough: Int64?

    init(_ database: Database, _ parts: AuditParts) {
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
        let insert =
            try self.insert
            ?? PlainStatement(
                database,
                "INSERT INTO audit_entries (sequence, at, case_id, bytes, hash) VALUES (?, ?, ?, ?, ?)"
            )
        self.insert = insert
        do {
            try bytes.withUnsafeBytes { bytes in
                try hash.withUnsafeBytes { hash in
                    try insert.run {
                        $0.integer(sequence)
                        $0.integer(at)
                        $0.optional(caseID)
                        $0.lent(bytes: bytes)
                        $0.lent(bytes: hash)
                    }
                }
            }
        } catch {
            // A statement that failed cannot be used again.
            self.insert = nil
            throw error
        }
        self.end = End(sequence: sequence, hash: hash)
    }

    /// Where the chain ends now, to go back to if what follows is undone.
    func mark() -> End? { end }

    /// Takes back what was appended since a mark, whose rows are gone.
    func rewind(to mark: End?) { end = mark }

    /// Signs the end of the chain, if anything was appended and there is a key: once for all that is committed together.
    func sign() throws {
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
        try database.cachedStatement(sql: "INSERT OR IGNORE INTO audit_keys (fingerprint, key) VALUES (?, ?)")
            .execute(arguments: [key.fingerprint, Data(key.bytes)])
        // In place of one that is left of a chain that was cut: it is no reason to take no more deliveries.
        try database.cachedStatement(
            sql: "INSERT OR REPLACE INTO audit_heads (sequence, key, signature) VALUES (?, ?, ?)"
        )
        .execute(arguments: [end.sequence, key.fingerprint, Data(signature)])
    }

    private func current() throws -> End {
        if let end { return end }
        let last = try Row.fetchOne(
            database.cachedStatement(
                sql:
                    "SELECT sequence, hash FROM audit_entries WHERE sequence = (SELECT max(sequence) FROM audit_entries)"
            )
        )
        let found = last.map { row -> End in
            let hash: Data = row[1]
            return End(sequence: row[0], hash: Array(hash))
        }
        let begun = found ?? End(sequence: 0, hash: AuditEntry.beginning)
        signedThrough = begun.sequence
        end = begun
        return begun
    }
}
