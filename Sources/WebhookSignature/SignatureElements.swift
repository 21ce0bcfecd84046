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
        var header = header
        let reading = header.withUTF8 { Reading($0, scheme: scheme) }
        if let cause = reading.cause { throw cause }
        guard !reading.signatures.isEmpty else { throw .malformedSignature }
        signatures = reading.signatures
        timestamp = reading.timestamp
    }

    /// Goes through a header by bytes, not by characters, and without copies: this runs for every request.
    private struct Reading {
        typealias Bytes = Slice<UnsafeBufferPointer<UInt8>>

        private let scheme: SignatureScheme
        private(set) var signatures: [[UInt8]] = []
        private(set) var timestamp: String?
        private(set) var cause: RefusalCause?
        private var elements = 0

        init(_ header: UnsafeBufferPointer<UInt8>, scheme: SignatureScheme) {
            self.scheme = scheme
            switch scheme.layout {
            case .plain: take(header[...])
            case .list: split(header[...], by: Array(scheme.separator.utf8)) { $0.take(Self.trimmed($1)) }
            case .keyed: split(header[...], by: [UInt8(ascii: ",")]) { $0.takePart($1) }
            }
        }

        private mutating func takePart(_ part: Bytes) {
            guard let equals = part.firstIndex(of: UInt8(ascii: "=")), let keys = scheme.keys else { return }
            let key = Self.trimmed(part[..<equals])
            let value = Self.trimmed(part[(equals + 1)...])
            if key.elementsEqual(keys.signature.utf8) { take(value) }
            guard let name = keys.timestamp, key.elementsEqual(name.utf8) else { return }
            // With two timestamps, the checked one and the signed one could be different.
            if timestamp != nil { cause = cause ?? .malformedTimestamp }
            timestamp = String(decoding: value, as: UTF8.self)
        }

        private mutating func take(_ element: Bytes) {
            elements += 1
            guard elements <= SignatureVerifier.mostSignatures else {
                cause = cause ?? .tooManySignatures
                return
            }
            guard element.starts(with: scheme.prefix.utf8) else { return }
            let digits = element.dropFirst(scheme.prefix.utf8.count)
            let signature =
                switch scheme.encoding {
                case .hex: BinaryText.hex(digits)
                case .base64: BinaryText.base64(digits, strict: true, padded: true)
                case .base64url: BinaryText.base64(digits, alphabet: .url, strict: true, padded: false)
                }
            if let signature, signature.count == scheme.algorithm.length { signatures.append(signature) }
        }

        /// Hands over what lies between separators and is not empty.
        private mutating func split(_ text: Bytes, by separator: [UInt8], take: (inout Reading, Bytes) -> Void) {
            guard let first = separator.first else { return take(&self, text) }
            var rest = text
            var start = rest.startIndex
            while let index = rest[start...].firstIndex(of: first) {
                guard rest[index...].starts(with: separator) else {
                    start = index + 1
                    continue
                }
                if index > rest.startIndex { take(&self, rest[..<index]) }
                rest = rest[(index + separator.count)...]
                start = rest.startIndex
            }
            if !rest.isEmpty { take(&self, rest) }
        }

        private static func trimmed(_ text: Bytes) -> Bytes {
            var text = text
            while let first = text.first, first == 0x20 || first == 0x09 { text.removeFirst() }
            while let last = text.last, last == 0x20 || last == 0x09 { text.removeLast() }
            return text
        }
    }
}
