/// The signatures that one header holds, decoded, and the timestamp where it stands beside them.
struct SignatureElements {
    /// Each as long as the algorithm's digest; never empty.
    let signatures: [[UInt8]]
    let timestamp: String?

    /// Takes a header apart.
    ///
    /// An element of another version, or one that does not decode, is passed over: a sender that adds a second version
    /// beside the first must not lock itself out. A header of which nothing is left is malformed.
    init(_ header: String, scheme: SignatureScheme) throws(RefusalCause) {
        var elements: [Substring] = []
        var timestamp: String?
        switch scheme.layout {
        case .plain:
            elements = [header[...]]
        case .list:
            elements = Self.split(header, by: scheme.separator).map(Self.trimmed)
        case .keyed:
            for part in header.split(separator: ",", omittingEmptySubsequences: true) {
                guard let equals = part.firstIndex(of: "=") else { continue }
                let key = Self.trimmed(part[..<equals])
                let value = Self.trimmed(part[part.index(after: equals)...])
                if key == scheme.keys?.signature ?? "" { elements.append(value) }
                if let name = scheme.keys?.timestamp, key == name {
                    // With two timestamps, the checked one and the signed one could be different.
                    guard timestamp == nil else { throw .malformedTimestamp }
                    timestamp = String(value)
                }
            }
        }
        guard elements.count <= SignatureVerifier.mostSignatures else { throw .tooManySignatures }
        signatures = elements.compactMap { Self.decoded($0, scheme: scheme) }
        guard !signatures.isEmpty else { throw .malformedSignature }
        self.timestamp = timestamp
    }

    private static func decoded(_ element: Substring, scheme: SignatureScheme) -> [UInt8]? {
        let bytes = element.utf8
        guard bytes.starts(with: scheme.prefix.utf8) else { return nil }
        let digits = bytes.dropFirst(scheme.prefix.utf8.count)
        let signature =
            switch scheme.encoding {
            case .hex: BinaryText.hex(digits)
            case .base64: BinaryText.base64(digits, strict: true, padded: true)
            case .base64url: BinaryText.base64(digits, alphabet: .url, strict: true, padded: false)
            }
        return signature?.count == scheme.algorithm.length ? signature : nil
    }

    /// By bytes, not by characters: this runs for every request.
    private static func split(_ text: String, by separator: String) -> [Substring] {
        guard separator.utf8.count == 1, let only = separator.utf8.first else {
            return text.split(separator: separator)
        }
        return text.utf8.split(separator: only).map { Substring($0) }
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var bytes = text.utf8
        while let first = bytes.first, first == 0x20 || first == 0x09 { bytes.removeFirst() }
        while let last = bytes.last, last == 0x20 || last == 0x09 { bytes.removeLast() }
        return Substring(bytes)
    }
}
