import Offboarding

/// Checks the audit chain as it grows: each look goes on where the last one ended, so that no request waits for millions
/// of entries. Whole checks, also of what was looked at before, are for `audit verify`.
actor ChainWatch {
    /// What is known of the chain.
    struct Standing {
        let state: String
        let pill: String
        let summary: String
    }

    private let store: any Store
    private let sha256: SHA256Function
    private let signed: AuditSignatureCheck
    private var chain: AuditChain?
    private var keys: [[UInt8]] = []
    private var fault: AuditChain.Fault?

    /// Entries read at once, and looked at for one request at most.
    private static let (page, most) = (500, 20_000)

    init(store: any Store, sha256: @escaping SHA256Function, signed: @escaping AuditSignatureCheck) {
        self.store = store
        self.sha256 = sha256
        self.signed = signed
    }

    /// Goes on checking, and says how the chain stands.
    ///
    /// - Throws: `StoreError`; where OpenSSL fails.
    func standing() async throws -> Standing {
        var isAtEnd = false
        do {
            isAtEnd = try await goOn()
        } catch let found as AuditChain.Fault {
            fault = found
        }
        let through = chain?.last ?? 0
        if let fault { return Standing(state: "broken", pill: "bad", summary: "\(fault)") }
        guard through > 0 else { return Standing(state: "empty", pill: "", summary: "There is no entry yet.") }
        let head = chain?.signedThrough
        let signature = head.map { ", signed through \($0.sequence) by key \($0.key)" } ?? ", not signed"
        return Standing(
            state: isAtEnd ? "holds" : "being checked",
            pill: isAtEnd ? "good" : "waiting",
            summary: "Entries 1 to \(through) follow from one another\(signature). "
                + "Checked since the daemon began; audit verify checks all anew."
        )
    }

    /// - Returns: whether the end was reached.
    private func goOn() async throws -> Bool {
        if fault != nil { return false }
        let known = try await store.read { try $0.auditKeys() }
        if chain == nil || known != keys {
            // A key that was added can vouch for heads from now on; what was checked is checked anew with it.
            keys = known
            chain = AuditChain(
                isWhole: true,
                keys: try known.map { try AuditPublicKey($0, sha256: sha256) },
                checkpoints: [],
                sha256: sha256,
                signed: signed
            )
        }
        guard var going = chain else { return false }
        defer { chain = going }
        for _ in 0..<(Self.most / Self.page) {
            let last = going.last
            let (entries, heads) = try await store.read { session in
                let entries = try session.auditEntries(after: last, limit: Self.page)
                return (entries, try session.auditHeads(from: last + 1, limit: Self.page))
            }
            let byEntry = Dictionary(heads.map { ($0.sequence, $0) }) { first, _ in first }
            for entry in entries {
                try going.check(entry)
                if let head = byEntry[entry.sequence] { try going.check(head) }
            }
            if entries.count < Self.page { return true }
        }
        return false
    }
}
