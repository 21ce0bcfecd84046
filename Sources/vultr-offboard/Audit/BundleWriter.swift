import AuditKeys
import Foundation
import Offboarding
import Presentation

/// Writes an export: the entries of a span with what signs them, and what they say about cases.
struct BundleWriter {
    let store: any Store
    /// `nil` leaves the export unsigned.
    let signer: ConfiguredSigner?
    /// The folder to make.
    let folder: String

    /// Entries read at once.
    private static let page = 500
    /// A head is written for every so many entries, and for the last one: each vouches for all that is before it.
    private static let entriesBetweenHeads: Int64 = 1000

    /// What was written.
    struct Written: Sendable {
        let folder: String
        let entries: ClosedRange<Int64>
        let cases: Int
        let key: String?

        var json: JSONOutput {
            .object([
                ("folder", .text(folder)), ("first", .integer(Int(entries.lowerBound))),
                ("last", .integer(Int(entries.upperBound))), ("cases", .integer(cases)), ("key", .optional(key)),
            ])
        }

        var text: String {
            let signature = key.map { "signed by key \($0)" } ?? "not signed: there is no audit.key"
            return "\(folder): entries \(entries.lowerBound) to \(entries.upperBound), \(cases) cases, \(signature)"
        }
    }

    /// Writes the entries of a span, and those that follow up to the next signed head.
    ///
    /// - Throws: ``CommandFailure`` where the folder is there already or cannot be written; `StoreError`.
    func write(_ span: ClosedRange<Int64>) async throws -> Written {
        let last = try await end(of: span)
        guard mkdir(folder, 0o700) == 0 else {
            let reason = errno == EEXIST ? "something is there already" : String(cString: strerror(errno))
            throw CommandFailure(.usage, "\(folder): \(reason)")
        }
        let range = span.lowerBound...max(span.upperBound, last)
        let cases = try await writeEntries(range)
        try await writeHeads(range)
        let keys = try await writeKeys()
        let names = try await PeopleNames(store)
        try text(names.csv, to: Bundle.people)
        try await writeReport(cases, range, names)
        try text(BundleGuide.script, to: Bundle.script)
        try text(BundleGuide.readMe(range, keys: keys, signer: try signer?.publicKey().fingerprint), to: Bundle.guide)
        let manifest = try Bundle.manifestText(of: Bundle.listed + keys.map(Bundle.keyName), in: folder)
        try text(manifest, to: Bundle.manifest)
        if let signer {
            let signature = try NewFile.make(
                path(Bundle.signatureName(try signer.publicKey().fingerprint)),
                mode: 0o600
            )
            try signature.write(contentsOf: Data(try signer.sign(Array(manifest.utf8))))
            try signature.close()
        }
        return Written(
            folder: folder,
            entries: range,
            cases: cases.count,
            key: try signer?.publicKey().fingerprint
        )
    }

    /// The entry of the next signed head, so that the last entry is vouched for.
    private func end(of span: ClosedRange<Int64>) async throws -> Int64 {
        try await store.read { try $0.auditHeads(from: span.upperBound, limit: 1).first?.sequence } ?? span.upperBound
    }

    /// - Returns: the cases in the entries, in the order in which they first occur.
    private func writeEntries(_ range: ClosedRange<Int64>) async throws -> [CaseID] {
        let entries = try NewFile.make(path(Bundle.entries), mode: 0o600)
        let hashes = try NewFile.make(path(Bundle.hashes), mode: 0o600)
        var seen: Set<CaseID> = []
        var cases: [CaseID] = []
        var last = range.lowerBound - 1
        while last < range.upperBound {
            let after = last
            let count = Int(min(Int64(Self.page), range.upperBound - last))
            let page = try await store.read { try $0.auditEntries(after: after, limit: count) }
            guard let end = page.last?.sequence else { break }
            last = end
            try entries.write(contentsOf: Data(page.flatMap { $0.bytes + [UInt8(ascii: "\n")] }))
            let lines = page.map { "\($0.sequence) \(HexText.text($0.hash))\n" }
            try hashes.write(contentsOf: Data(lines.joined().utf8))
            for id in try page.compactMap({ try AuditRecord($0).caseID }) where seen.insert(id).inserted {
                cases.append(id)
            }
        }
        try entries.close()
        try hashes.close()
        return cases
    }

    private func writeHeads(_ range: ClosedRange<Int64>) async throws {
        let file = try NewFile.make(path(Bundle.heads), mode: 0o600)
        var next = range.lowerBound
        var written: Int64 = 0
        while next <= range.upperBound {
            let from = next
            let page = try await store.read { try $0.auditHeads(from: from, limit: Self.page) }
            let heads = page.filter { $0.sequence <= range.upperBound }
            guard let end = heads.last?.sequence else { break }
            next = end + 1
            for head in heads
            where head.sequence >= written + Self.entriesBetweenHeads || head.sequence == range.upperBound {
                written = head.sequence
                try file.write(contentsOf: Data("\(head.text)\n".utf8))
            }
        }
        try file.close()
    }

    /// - Returns: the keys' fingerprints.
    private func writeKeys() async throws -> [String] {
        var keys = try await store.read { try $0.auditKeys() }
        if let own = try signer?.publicKey().bytes, !keys.contains(own) { keys.append(own) }
        return try keys.map { bytes in
            let fingerprint = try AuditPublicKey(bytes, sha256: AuditDigest.sha256).fingerprint
            try text(try VerifyingKey(bytes).pem, to: Bundle.keyName(fingerprint))
            return fingerprint
        }
    }

    /// Says of each case what the entries of the export say, and nothing that is not in them.
    private func writeReport(_ cases: [CaseID], _ range: ClosedRange<Int64>, _ names: PeopleNames) async throws {
        let caseFile = try NewFile.make(path(Bundle.cases), mode: 0o600)
        let removalFile = try NewFile.make(path(Bundle.removals), mode: 0o600)
        try caseFile.write(contentsOf: Data(CSVText.text(CaseReport.caseHeading, []).utf8))
        try removalFile.write(contentsOf: Data(CSVText.text(CaseReport.removalHeading, []).utf8))
        for id in cases {
            let entries = try await store.read { try $0.auditEntries(of: id) }
            let records = try entries.filter { range.contains($0.sequence) }.map { try AuditRecord($0) }
            let report = CaseReport(history: CaseHistory(id, records), names: names)
            try caseFile.write(contentsOf: Data(CSVText.row(report.caseRow).utf8))
            try removalFile.write(contentsOf: Data(report.removalRows.map(CSVText.row).joined().utf8))
        }
        try caseFile.close()
        try removalFile.close()
    }

    private func path(_ name: String) -> String { "\(folder)/\(name)" }

    private func text(_ text: String, to name: String) throws { try NewFile.write(text, to: path(name), mode: 0o600) }
}
