import AuditKeys
import Foundation
import Offboarding

/// Checks an export: its chain first, so that a bad entry is named, and then every byte of every file.
struct BundleCheck {
    let folder: String
    /// The key that must have signed; `nil` believes the one in the export.
    let pinned: AuditPublicKey?
    let checkpoints: [AuditCheckpoint]

    /// - Throws: ``CommandFailure`` where it is no export; where OpenSSL fails.
    func check() throws -> AuditFinding {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        guard names.contains(Bundle.entries) || names.contains(Bundle.manifest) else {
            throw CommandFailure(.usage, "\(folder) is no export: it holds no \(Bundle.entries)")
        }
        var finding = AuditFinding(checkpoints: checkpoints.count)
        do {
            let keys = try keys(names)
            let chain = try chain(keys)
            finding.entries = chain.first.map { $0...chain.last }
            finding.key = chain.signedThrough?.key
            try checkManifest(names, keys)
        } catch let fault as AuditChain.Fault {
            finding.fault = fault
        }
        return finding
    }

    private func fault(_ reason: String) -> AuditChain.Fault { AuditChain.Fault(sequence: nil, reason: reason) }

    private func fault(_ sequence: Int64?, _ reason: String) -> AuditChain.Fault {
        AuditChain.Fault(sequence: sequence, reason: reason)
    }

    /// The keys of the export, each under its own name.
    private func keys(_ names: [String]) throws -> [AuditPublicKey] {
        try names.filter { $0.hasPrefix("key-") && $0.hasSuffix(".pem") }.map { name in
            let text = try SmallFile.text("\(folder)/\(name)")
            let read: VerifyingKey
            do throws(AuditKeyError) {
                read = try VerifyingKey(pem: text)
            } catch {
                throw fault("\(name): \(error)")
            }
            let key = try AuditPublicKey(read.bytes, sha256: AuditDigest.sha256)
            guard Bundle.keyName(key.fingerprint) == name else {
                throw fault("\(name) is another key than its name says")
            }
            return key
        }
    }

    private func chain(_ keys: [AuditPublicKey]) throws -> AuditChain {
        var chain = AuditChain(
            isWhole: false,
            keys: keys,
            checkpoints: checkpoints,
            sha256: AuditDigest.sha256,
            signed: AuditDigest.signed
        )
        let entries = try lines(Bundle.entries)
        let hashes = try lines(Bundle.hashes)
        let heads = try lines(Bundle.heads)
        var head = try nextHead(heads)
        while let bytes = try entries.next() {
            guard let line = try hashes.next(), let (sequence, hash) = Self.hash(line) else {
                throw fault(chain.first == nil ? nil : chain.last + 1, "\(Bundle.hashes) holds no hash for it")
            }
            try chain.check(AuditEntry(sequence: sequence, bytes: bytes, hash: hash))
            guard !entries.endsInTheMiddle else { throw fault(sequence, "its line has no end") }
            if let signed = head, signed.sequence == sequence {
                try chain.check(signed)
                head = try nextHead(heads)
            }
        }
        guard chain.first != nil else { throw fault("there is no entry") }
        guard try hashes.next() == nil else { throw fault(chain.last + 1, "it is missing, and its hash is there") }
        if let head { throw fault("the end is missing: entry \(head.sequence) was signed") }
        try chain.finish()
        try chain.checkEnd(trusted: pinned)
        return chain
    }

    private func nextHead(_ heads: LineReader) throws -> AuditCheckpoint? {
        guard let line = try heads.next() else { return nil }
        guard let head = AuditCheckpoint(text: String(decoding: line, as: UTF8.self)), head.signature != nil else {
            throw fault("\(Bundle.heads) holds a line that is no signed head")
        }
        return head
    }

    private func lines(_ name: String) throws -> LineReader {
        guard FileManager.default.fileExists(atPath: "\(folder)/\(name)") else { throw fault("\(name) is missing") }
        return try LineReader(path: "\(folder)/\(name)")
    }

    /// `SEQUENCE HASH`.
    private static func hash(_ line: [UInt8]) -> (Int64, [UInt8])? {
        let parts = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard parts.count == 2, let sequence = Int64(String(decoding: parts[0], as: UTF8.self)),
            let hash = HexText.bytes(parts[1]), hash.count == 32
        else { return nil }
        return (sequence, hash)
    }

    /// Every file is what the manifest says, there is none beside them, and the manifest is what was signed.
    private func checkManifest(_ names: [String], _ keys: [AuditPublicKey]) throws {
        let listed = Bundle.listed + keys.map { Bundle.keyName($0.fingerprint) }
        for name in listed where !names.contains(name) { throw fault("\(name) is missing") }
        guard names.contains(Bundle.manifest) else { throw fault("\(Bundle.manifest) is missing") }
        let kept = try SmallFile.bytes("\(folder)/\(Bundle.manifest)")
        let actual = Array(try Bundle.manifestText(of: listed, in: folder).utf8)
        guard kept == actual else {
            let keptLines = Set(kept.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) })
            let other = String(decoding: actual, as: UTF8.self).split(separator: "\n").filter {
                !keptLines.contains(String($0))
            }
            let files = other.map { String($0.dropFirst(66)) }.joined(separator: ", ")
            throw fault("\(files.isEmpty ? Bundle.manifest : files): not what was exported")
        }
        let signers = keys.filter { names.contains(Bundle.signatureName($0.fingerprint)) }
        let others = Set(names).subtracting(listed).subtracting([Bundle.manifest])
            .subtracting(signers.map { Bundle.signatureName($0.fingerprint) })
        if let other = others.min() { throw fault("\(other) was not exported") }
        guard let signer = signers.first else {
            guard let pinned else { return }
            throw fault("it is not signed by key \(pinned.fingerprint)")
        }
        guard signers.count == 1 else { throw fault("there are two signatures over \(Bundle.manifest)") }
        let signature = try SmallFile.bytes("\(folder)/\(Bundle.signatureName(signer.fingerprint))")
        guard try VerifyingKey(signer.bytes).signed(kept, with: signature) else {
            throw fault("\(Bundle.manifest) is not what key \(signer.fingerprint) signed")
        }
        if let pinned, signer != pinned {
            throw fault("it is signed by key \(signer.fingerprint), not \(pinned.fingerprint)")
        }
    }
}
