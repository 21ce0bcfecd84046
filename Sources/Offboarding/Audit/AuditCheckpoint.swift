/// What the chain was at a moment, to be kept where the store is not: an entry's number, its hash, and the signature over
/// both where there is a key.
///
/// As text, on one line: `audit1:SEQUENCE:HASH` or `audit1:SEQUENCE:HASH:KEY:SIGNATURE`, hashes, the key's fingerprint and
/// the signature in lower-case hex. The signature is over the first form, so that `openssl` can check it.
public struct AuditCheckpoint: Sendable, Hashable {
    /// Who signed, and the signature.
    public struct Signature: Sendable, Hashable {
        /// The fingerprint of the key; see ``AuditPublicKey/fingerprint``.
        public let key: String
        /// 64 bytes.
        public let bytes: [UInt8]

        public init(key: String, bytes: [UInt8]) {
            self.key = key
            self.bytes = bytes
        }
    }

    public let sequence: Int64
    /// 32 bytes.
    public let hash: [UInt8]
    public let signature: Signature?

    /// What every checkpoint's text begins with: the format's name and version.
    public static let mark = "audit1:"

    public init(sequence: Int64, hash: [UInt8], signature: Signature?) {
        self.sequence = sequence
        self.hash = hash
        self.signature = signature
    }

    /// What is signed.
    public var signedText: String { "\(Self.mark)\(sequence):\(HexText.text(hash))" }

    public var text: String {
        guard let signature else { return signedText }
        return "\(signedText):\(signature.key):\(HexText.text(signature.bytes))"
    }

    /// Reads the text of one.
    ///
    /// - Returns: `nil` where it is not one, exactly as ``text`` writes it.
    public init?(text: some StringProtocol) {
        guard text.hasPrefix(Self.mark) else { return nil }
        let parts = text.dropFirst(Self.mark.count).split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2 || parts.count == 4, let sequence = Int64(parts[0]), sequence > 0,
            String(sequence) == parts[0], let hash = HexText.bytes(parts[1].utf8), hash.count == 32
        else { return nil }
        self.sequence = sequence
        self.hash = hash
        guard parts.count == 4 else {
            signature = nil
            return
        }
        guard HexText.bytes(parts[2].utf8)?.count == 32, let bytes = HexText.bytes(parts[3].utf8), bytes.count == 64
        else { return nil }
        signature = Signature(key: String(parts[2]), bytes: bytes)
    }

    /// All checkpoints in a text, such as a log.
    public static func all(in text: some StringProtocol) -> [AuditCheckpoint] {
        let isPart: (Character) -> Bool = { $0 == ":" || ($0.isASCII && ($0.isLetter || $0.isNumber)) }
        var found: [AuditCheckpoint] = []
        var rest = text[...]
        while let place = rest.firstRange(of: mark) {
            let end = rest[place.lowerBound...].firstIndex { !isPart($0) } ?? rest.endIndex
            if let checkpoint = AuditCheckpoint(text: rest[place.lowerBound..<end]) { found.append(checkpoint) }
            rest = rest[place.upperBound...]
        }
        return found
    }
}
