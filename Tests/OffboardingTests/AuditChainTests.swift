import Foundation
import Testing
import WebhookSignature

@testable import Offboarding

/// A chain in memory, and keys whose signatures are made of the message: what is checked here is what the chain makes of
/// them.
private struct MadeUpChain {
    static let sha256: SHA256Function = { try SHA256.digest(of: $0) }

    var entries: [AuditEntry] = []

    init(_ count: Int) throws {
        var previous = AuditEntry.beginning
        for sequence in 1...Int64(count) {
            let event = AuditEvent(
                .webhooksRefused,
                at: Samples.start,
                actor: .engine,
                facts: ["count": .number(sequence)]
            )
            let bytes = event.draft { _, _ in [] }.bytes(sequence: sequence, after: previous)
            previous = try Self.sha256(bytes)
            entries.append(AuditEntry(sequence: sequence, bytes: bytes, hash: previous))
        }
    }

    static func key(_ number: UInt8) throws -> AuditPublicKey {
        try AuditPublicKey([UInt8](repeating: number, count: 32), sha256: sha256)
    }

    static func signature(_ key: AuditPublicKey, _ message: [UInt8]) throws -> [UInt8] {
        let half = try sha256(key.bytes + message)
        return half + half
    }

    func head(_ sequence: Int64, _ key: AuditPublicKey) throws -> AuditCheckpoint {
        let plain = AuditCheckpoint(sequence: sequence, hash: entries[Int(sequence) - 1].hash, signature: nil)
        let signature = try Self.signature(key, Array(plain.signedText.utf8))
        return AuditCheckpoint(
            sequence: sequence,
            hash: plain.hash,
            signature: AuditCheckpoint.Signature(key: key.fingerprint, bytes: signature)
        )
    }

    func checker(
        isWhole: Bool = true,
        keys: [AuditPublicKey] = [],
        checkpoints: [AuditCheckpoint] = []
    ) -> AuditChain {
        AuditChain(isWhole: isWhole, keys: keys, checkpoints: checkpoints, sha256: Self.sha256) {
            key,
            message,
            signed in
            try signed == Self.signature(try AuditPublicKey(key, sha256: Self.sha256), message)
        }
    }

    /// What is wrong with these entries; `nil` where nothing is.
    static func fault(_ entries: [AuditEntry], _ chain: AuditChain) throws -> AuditChain.Fault? {
        var chain = chain
        do {
            for entry in entries { try chain.check(entry) }
            try chain.finish()
            return nil
        } catch let fault as AuditChain.Fault {
            return fault
        }
    }

    func fault(_ change: (inout [AuditEntry]) throws -> Void) throws -> AuditChain.Fault? {
        var changed = entries
        try change(&changed)
        return try Self.fault(changed, checker())
    }
}

@Suite("Checking the audit chain")
struct AuditChainTests {
    private func with(_ entry: AuditEntry, bytes: [UInt8]? = nil, hash: [UInt8]? = nil) -> AuditEntry {
        AuditEntry(sequence: entry.sequence, bytes: bytes ?? entry.bytes, hash: hash ?? entry.hash)
    }

    @Test("a chain that nobody touched is whole")
    func whole() throws {
        let made = try MadeUpChain(5)
        #expect(try MadeUpChain.fault(made.entries, made.checker()) == nil)
        #expect(try MadeUpChain.fault([], made.checker()) == nil)
        #expect(try MadeUpChain.fault(Array(made.entries[2...]), made.checker(isWhole: false)) == nil)
    }

    @Test("one changed byte names its entry, wherever it is")
    func changedBytes() throws {
        let made = try MadeUpChain(4)
        for (index, entry) in made.entries.enumerated() {
            for place in entry.bytes.indices {
                let fault = try made.fault { entries in
                    var bytes = entry.bytes
                    bytes[place] ^= 1
                    entries[index] = with(entry, bytes: bytes)
                }
                #expect(fault?.sequence == entry.sequence)
            }
        }
    }

    @Test("an entry whose hash was made anew is told by the one behind it")
    func changedHash() throws {
        let made = try MadeUpChain(4)
        let fault = try made.fault { entries in
            let bytes = Array(String(decoding: entries[1].bytes, as: UTF8.self).replacing("engine", with: "motor").utf8)
            entries[1] = with(entries[1], bytes: bytes, hash: try MadeUpChain.sha256(bytes))
        }
        #expect(fault?.sequence == 3)
    }

    @Test("what is missing, doubled or in another order is named")
    func order() throws {
        let made = try MadeUpChain(5)
        #expect(try made.fault { $0.remove(at: 2) }?.sequence == 3)
        #expect(try made.fault { $0.removeFirst() }?.sequence == 1)
        #expect(try made.fault { $0.insert($0[1], at: 2) }?.sequence == 2)
        #expect(try made.fault { $0.swapAt(1, 2) }?.sequence == 2)
        let other = try MadeUpChain(9)
        #expect(try made.fault { $0.append(other.entries[6]) }?.sequence == 6)
    }

    @Test("an entry put under another number is named")
    func otherNumber() throws {
        let made = try MadeUpChain(3)
        let fault = try made.fault { entries in
            let moved = entries[0]
            entries[1] = AuditEntry(sequence: 2, bytes: moved.bytes, hash: moved.hash)
        }
        #expect(fault?.sequence == 2)
    }

    @Test("a checkpoint finds a cut end and another entry in its place")
    func checkpoints() throws {
        let made = try MadeUpChain(5)
        let seen = AuditCheckpoint(sequence: 4, hash: made.entries[3].hash, signature: nil)
        #expect(try MadeUpChain.fault(made.entries, made.checker(checkpoints: [seen])) == nil)
        let cut = try MadeUpChain.fault(Array(made.entries.prefix(3)), made.checker(checkpoints: [seen]))
        #expect(cut?.sequence == nil)
        #expect(cut?.reason.contains("entry 4") == true)
        let other = AuditCheckpoint(sequence: 2, hash: made.entries[3].hash, signature: nil)
        #expect(try MadeUpChain.fault(made.entries, made.checker(checkpoints: [other]))?.sequence == 2)
    }

    @Test("a signature counts up to its entry, and only if it is right and of a known key")
    func signatures() throws {
        let made = try MadeUpChain(4)
        let (ours, other) = (try MadeUpChain.key(1), try MadeUpChain.key(2))
        var chain = made.checker(keys: [ours])
        for entry in made.entries { try chain.check(entry) }
        #expect(chain.signedThrough == nil)
        try chain.check(try made.head(4, ours))
        #expect(chain.signedThrough?.sequence == 4)
        #expect(chain.signedThrough?.key == ours.fingerprint)
        #expect(throws: AuditChain.Fault.self) { try chain.check(try made.head(4, other)) }
        #expect(throws: AuditChain.Fault.self) { try chain.check(try made.head(3, ours)) }
        let forged = AuditCheckpoint(
            sequence: 4,
            hash: made.entries[3].hash,
            signature: AuditCheckpoint.Signature(key: ours.fingerprint, bytes: [UInt8](repeating: 7, count: 64))
        )
        #expect(throws: AuditChain.Fault.self) { try chain.check(forged) }
        #expect(try MadeUpChain.fault(made.entries, made.checker(keys: [ours], checkpoints: [forged]))?.sequence == 4)
    }
}

@Suite("Checkpoints")
struct AuditCheckpointTests {
    private let hash = [UInt8](repeating: 0xAB, count: 32)

    @Test("the text is read back as it was, and nothing else is read")
    func text() {
        let key = String(repeating: "0c", count: 32)
        let signature = AuditCheckpoint.Signature(key: key, bytes: [UInt8](repeating: 3, count: 64))
        for checkpoint in [
            AuditCheckpoint(sequence: 7, hash: hash, signature: nil),
            AuditCheckpoint(sequence: 70_000_000_000, hash: hash, signature: signature),
        ] {
            #expect(AuditCheckpoint(text: checkpoint.text) == checkpoint)
            #expect(AuditCheckpoint(text: checkpoint.text.uppercased()) == nil)
            #expect(AuditCheckpoint(text: checkpoint.text + "0") == nil)
            #expect(AuditCheckpoint(text: checkpoint.text + ":") == nil)
            #expect(AuditCheckpoint(text: String(checkpoint.text.dropLast())) == nil)
        }
        let plain = AuditCheckpoint(sequence: 7, hash: hash, signature: nil).text
        for other in [plain.replacing(":7:", with: ":07:"), plain.replacing(":7:", with: ":0:"), "audit1:7", ""] {
            #expect(AuditCheckpoint(text: other) == nil)
        }
    }

    @Test("all that a log holds are found")
    func inALog() {
        let first = AuditCheckpoint(sequence: 1, hash: hash, signature: nil)
        let second = AuditCheckpoint(sequence: 2, hash: hash, signature: nil)
        let log = "{\"checkpoint\":\"\(first.text)\"}\naudit1: audit1:2\n checkpoint=\(second.text), and more"
        #expect(AuditCheckpoint.all(in: log) == [first, second])
    }
}
