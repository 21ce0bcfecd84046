internal import Foundation
internal import Offboarding

extension SQLSession {
    /// Rows of the chain, with what this transaction has added to it.
    private func entries(_ sql: String, _ arguments: SQLArguments = []) throws -> [AuditEntry] {
        try audit?.flush()
        return try rows("SELECT sequence, bytes, hash FROM audit_entries WHERE \(sql)", arguments).map(Self.auditEntry)
    }

    var now: Date { (audit?.parts.time ?? SystemTime()).now() }

    func note(_ event: AuditEvent) throws {
        guard let audit else { throw StoreError(.unavailable, "nothing can be entered while reading") }
        let draft = try event.draft { text, email in
            try AuditSalt.commitment(to: text, salt: salt(for: email, audit), sha256: audit.parts.sha256)
        }
        try audit.append(draft, at: event.at.milliseconds, caseID: event.caseID?.text)
    }

    private func salt(for email: EmailAddress, _ audit: AuditWriter) throws -> [UInt8] {
        if let salt = try auditSalt(of: email) { return salt }
        let salt = audit.parts.salt()
        try execute("INSERT INTO audit_salts (email, salt) VALUES (?, ?)", [email.text, salt])
        return salt
    }

    func auditEntries(after sequence: Int64, limit: Int) throws -> [AuditEntry] {
        try entries("sequence > ? ORDER BY sequence LIMIT ?", [sequence, max(0, limit)])
    }

    func newestAuditEntries(of id: CaseID?, below sequence: Int64?, limit: Int) throws -> [AuditEntry] {
        // Two queries, so that each has its index.
        let of = id == nil ? "" : "case_id = ? AND"
        let arguments: SQLArguments = id.map { [$0.text] } ?? []
        return try entries(
            "\(of) sequence < ? ORDER BY sequence DESC LIMIT ?",
            arguments + [sequence ?? Int64.max, max(0, limit)]
        )
    }

    func auditEntries(of id: CaseID) throws -> [AuditEntry] {
        try entries("case_id = ? ORDER BY sequence", [id.text])
    }

    func auditEntry(_ sequence: Int64) throws -> AuditEntry? {
        try entries("sequence = ?", [sequence]).first
    }

    func auditSpan(from: Date?, to: Date?) throws -> ClosedRange<Int64>? {
        try audit?.flush()
        // Read whole, which an auditor can wait for and no request does.
        let found = try row(
            "SELECT min(sequence), max(sequence) FROM audit_entries WHERE at >= ? AND at < ?",
            [from?.milliseconds ?? Int64.min, to?.milliseconds ?? Int64.max]
        )
        guard let found, let first = found[0] as Int64?, let last = found[1] as Int64? else { return nil }
        return first...last
    }

    private static let heads = """
        SELECT h.sequence, e.hash, h.key, h.signature FROM audit_heads h
        LEFT JOIN audit_entries e ON e.sequence = h.sequence
        """

    func auditHeads(from sequence: Int64, limit: Int) throws -> [AuditCheckpoint] {
        try audit?.flush()
        return try rows(
            "\(Self.heads) WHERE h.sequence >= ? ORDER BY h.sequence LIMIT ?",
            [sequence, max(0, limit)]
        ).map(Self.head)
    }

    func auditCheckpoint() throws -> AuditCheckpoint? {
        guard let entry = try entries("sequence = (SELECT max(sequence) FROM audit_entries)").first else { return nil }
        let head = try row("\(Self.heads) WHERE h.sequence = ?", [entry.sequence]).map(Self.head)
        return head ?? AuditCheckpoint(sequence: entry.sequence, hash: entry.hash, signature: nil)
    }

    func auditKeys() throws -> [[UInt8]] {
        try rows("SELECT key FROM audit_keys ORDER BY fingerprint").map { $0[0] as [UInt8] }
    }

    func auditSalt(of email: EmailAddress) throws -> [UInt8]? {
        try row("SELECT salt FROM audit_salts WHERE email = ?", [email.text]).map { $0[0] as [UInt8] }
    }

    func auditSalts(after email: EmailAddress?, limit: Int) throws -> [(email: EmailAddress, salt: [UInt8])] {
        try rows(
            "SELECT email, salt FROM audit_salts WHERE email > ? ORDER BY email LIMIT ?",
            [email?.text ?? "", max(0, limit)]
        ).map { (try Self.email($0[0]), $0[1] as [UInt8]) }
    }

    func auditSequence(of delivery: DeliveryID) throws -> Int64? {
        try row("SELECT audit_sequence FROM deliveries WHERE id = ?", [delivery.text]).flatMap { $0[0] as Int64? }
    }

    /// A head whose entry is gone has no hash, and matches nothing.
    private static func head(_ row: SQLRow) -> AuditCheckpoint {
        AuditCheckpoint(
            sequence: row[0],
            hash: row[1] as [UInt8]? ?? [],
            signature: AuditCheckpoint.Signature(key: row[2], bytes: row[3])
        )
    }

    private static func auditEntry(_ row: SQLRow) -> AuditEntry {
        AuditEntry(sequence: row[0], bytes: row[1], hash: row[2])
    }
}
