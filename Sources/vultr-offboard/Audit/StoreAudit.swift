import AuditKeys
import Offboarding
import Presentation

/// What checking a chain came to.
struct AuditFinding: Sendable {
    /// The first and the last entry that were checked; `nil` where there is none.
    var entries: ClosedRange<Int64>?
    /// The fingerprint of the key that vouches for the last entry; `nil` where the chain is not signed.
    var key: String?
    /// What is wrong; `nil` where nothing is.
    var fault: AuditChain.Fault?
    /// Checkpoints that were given and looked for.
    var checkpoints = 0

    var json: JSONOutput {
        .object([
            ("valid", .boolean(fault == nil)),
            ("first", .optional(entries.map { Int($0.lowerBound) })),
            ("last", .optional(entries.map { Int($0.upperBound) })),
            ("key", .optional(key)),
            ("checkpoints", .integer(checkpoints)),
            ("bad_entry", .optional(fault?.sequence.map { Int($0) })),
            ("reason", .optional(fault?.reason)),
        ])
    }

    var text: String {
        if let fault { return "not valid: \(fault)" }
        guard let entries else { return "valid: there is no entry yet" }
        let signature = key.map { "signed by key \($0)" } ?? "not signed: there is no audit.key"
        let seen = checkpoints > 0 ? "; \(checkpoints) checkpoints agree" : ""
        return "valid: entries \(entries.lowerBound) to \(entries.upperBound), \(signature)\(seen)"
    }
}

/// Checks the chain in a store: every entry, every signed head, and what was seen elsewhere.
struct StoreAudit {
    let store: any Store
    /// The fingerprint of the key that must have signed the end; `nil` believes any key that the store names.
    let trusted: AuditPublicKey?
    let checkpoints: [AuditCheckpoint]

    /// Entries read at once.
    private static let page = 500

    /// - Throws: `StoreError`; where OpenSSL fails.
    func check() async throws -> AuditFinding {
        var keys = try await store.read { try $0.auditKeys() }
            .map { try AuditPublicKey($0, sha256: AuditDigest.sha256) }
        if let trusted { keys.append(trusted) }
        var chain = AuditChain(
            isWhole: true,
            keys: keys,
            checkpoints: checkpoints,
            sha256: AuditDigest.sha256,
            signed: AuditDigest.signed
        )
        var finding = AuditFinding(checkpoints: checkpoints.count)
        do {
            try await check(&chain)
        } catch let fault as AuditChain.Fault {
            finding.fault = fault
        }
        if let first = chain.first { finding.entries = first...chain.last }
        finding.key = chain.signedThrough?.key
        return finding
    }

    private func check(_ chain: inout AuditChain) async throws {
        while true {
            let last = chain.last
            let (entries, heads) = try await store.read { session in
                let entries = try session.auditEntries(after: last, limit: Self.page)
                return (entries, try session.auditHeads(from: last + 1, limit: Self.page))
            }
            var rest = heads[...]
            for entry in entries {
                try chain.check(entry)
                if let head = rest.first, head.sequence == entry.sequence {
                    try chain.check(head)
                    rest = rest.dropFirst()
                }
            }
            if entries.count == Self.page { continue }
            if let lost = rest.first {
                throw AuditChain.Fault(sequence: nil, reason: "the end is missing: entry \(lost.sequence) was signed")
            }
            break
        }
        try chain.finish()
        try chain.checkEnd(trusted: trusted)
    }
}

extension AuditChain {
    /// Checks that the last entry is vouched for, if the chain is signed at all or has to be.
    ///
    /// - Throws: `AuditChain.Fault`.
    func checkEnd(trusted: AuditPublicKey?) throws {
        guard let first else { return }
        guard let signed = signedThrough else {
            guard let trusted else { return }
            throw Fault(sequence: first, reason: "it and all that follow are not signed by key \(trusted.fingerprint)")
        }
        guard signed.sequence == last else {
            throw Fault(sequence: signed.sequence + 1, reason: "it and what follows are not signed")
        }
        if let trusted, signed.key != trusted.fingerprint {
            throw Fault(sequence: last, reason: "it is signed by key \(signed.key), not by \(trusted.fingerprint)")
        }
    }
}
