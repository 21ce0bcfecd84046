/// Checks entries one after the other: that each has the hash that is kept beside it, follows from the one before, and is
/// where checkpoints saw it. Pure, and in memory that does not grow with the chain.
public struct AuditChain: Sendable {
    /// What is wrong, and where first.
    public struct Fault: Error, Sendable, Equatable, CustomStringConvertible {
        /// The first entry that cannot be believed; `nil` where it is none of them, such as where the end is missing.
        public let sequence: Int64?
        /// For people.
        public let reason: String

        public init(sequence: Int64?, reason: String) {
            self.sequence = sequence
            self.reason = reason
        }

        public var description: String { sequence.map { "entry \($0): \(reason)" } ?? reason }
    }

    private let sha256: SHA256Function
    private let signed: AuditSignatureCheck
    private let keys: [String: AuditPublicKey]
    /// What is to be found, by entry: signed heads and checkpoints from elsewhere.
    private var expected: [Int64: [AuditCheckpoint]]
    /// The number of the first entry that was checked.
    public private(set) var first: Int64?
    /// The number of the last entry that was checked; 0 before the first of a whole chain.
    public private(set) var last: Int64
    private var hash: [UInt8]?
    /// The last entry up to which a signature vouches, with its key's fingerprint.
    public private(set) var signedThrough: (sequence: Int64, key: String)?

    /// - Parameters:
    ///   - isWhole: whether the first entry must be the chain's first. An extract begins anywhere.
    ///   - keys: the public keys that may have signed.
    ///   - checkpoints: what the chain was seen to be, from logs, notices or other extracts.
    public init(
        isWhole: Bool,
        keys: [AuditPublicKey],
        checkpoints: [AuditCheckpoint],
        sha256: @escaping SHA256Function,
        signed: @escaping AuditSignatureCheck
    ) {
        self.sha256 = sha256
        self.signed = signed
        self.keys = Dictionary(keys.map { ($0.fingerprint, $0) }) { first, _ in first }
        expected = Dictionary(grouping: checkpoints, by: \.sequence)
        last = 0
        hash = isWhole ? AuditEntry.beginning : nil
    }

    /// Checks the next entry.
    ///
    /// - Throws: ``Fault``, and then the chain is not to be checked further; what `sha256` throws.
    public mutating func check(_ entry: AuditEntry) throws {
        func fault(_ reason: String) -> Fault { Fault(sequence: entry.sequence, reason: reason) }
        let isFirst = first == nil
        if hash != nil, entry.sequence != last + 1 {
            throw entry.sequence > last
                ? Fault(sequence: last + 1, reason: "it is missing; the next one is entry \(entry.sequence)")
                : fault("it comes after entry \(last)")
        }
        let actual = try sha256(entry.bytes)
        guard actual == entry.hash else { throw fault("its bytes are not those that were hashed") }
        guard let link = AuditLink(entry.bytes) else { throw fault("its bytes are no entry") }
        guard link.sequence == entry.sequence else {
            throw fault("it says of itself that it is entry \(link.sequence)")
        }
        if let hash, link.previous != hash {
            throw fault(
                isFirst
                    ? "it does not begin a chain, so that what was before it is missing"
                    : "it does not follow from entry \(last): either of them was changed"
            )
        }
        first = first ?? entry.sequence
        last = entry.sequence
        hash = actual
        for checkpoint in expected.removeValue(forKey: last) ?? [] {
            guard checkpoint.hash == actual else { throw fault("a checkpoint saw another entry in its place") }
            try check(checkpoint)
        }
    }

    /// Checks a signed head of the entry that was checked last.
    ///
    /// - Throws: ``Fault``.
    public mutating func check(_ head: AuditCheckpoint) throws {
        guard let signature = head.signature else { return }
        guard let key = keys[signature.key] else {
            throw Fault(sequence: head.sequence, reason: "it was signed by an unknown key, \(signature.key)")
        }
        guard head.sequence == last, let hash, head.hash == hash else {
            throw Fault(sequence: head.sequence, reason: "the head that was signed is not this entry")
        }
        guard try signed(key.bytes, Array(head.signedText.utf8), signature.bytes) else {
            throw Fault(sequence: head.sequence, reason: "the signature over it is not that of key \(signature.key)")
        }
        signedThrough = (head.sequence, signature.key)
    }

    /// Checks what can only be seen at the end: whether a checkpoint is beyond it. Of an extract that says either that the
    /// end was cut, or that the checkpoint is of a later time than the extract.
    ///
    /// - Throws: ``Fault``.
    public func finish() throws {
        if let farthest = expected.keys.filter({ $0 > last }).max() {
            throw Fault(
                sequence: nil,
                reason: "the end is missing: the chain ends with entry \(last), and a checkpoint saw entry \(farthest)"
            )
        }
    }
}
