/// The signatures that one header holds, decoded, and the timestamp where it stands beside them.
struct SignatureElements {
    /// Each as long as the algorithm's digest; never empty.
    fileprivate(set) var signatures: [[UInt8]] = []
    fileprivate(set) var timestamp: String?
    fileprivate var count = 0
}

/// Takes signature headers of one scheme apart, by bytes and not by characters: this runs for every request.
///
/// A class, so that what it knows of the scheme is not copied for each.
final class SignatureElementReader: Sendable {
    private typealias Bytes = Slice<UnsafeBufferPointer<UInt8>>

    private let layout: SignatureScheme.Layout
    private let separator: [UInt8]
    private let prefix: [UInt8]
    private let encoding: SignatureScheme.Encoding
    /// Of one signature in bytes.
    private let length: Int
    private let signatureKey: [UInt8]?
    private let timestampKey: [UInt8]?

    init(_ scheme: SignatureScheme) {
        layout = scheme.layout
        separator = layout == .keyed ? [UInt8(ascii: ",")] : Array(scheme.separator.utf8)
        prefix = Array(scheme.prefix.utf8)
        encoding = scheme.encoding
        length = scheme.algorithm.length
        signatureKey = scheme.keys.map { Array($0.signature.utf8) }
        timestampKey = scheme.keys?.timestamp.map { Array($0.utf8) }
    }

    /// Takes a header apart.
    ///
    /// An element of another version, or one that does not decode, is passed over: a sender that adds a second version
    /// beside the first must not lock itself out. A header of which nothing is left is malformed.
    func read(_ header: String) throws(RefusalCause) -> SignatureElements {
        var header = header
        var elements = SignatureElements()
        let cause = header.withUTF8 { header -> RefusalCause? in
            do throws(RefusalCause) { try take(header[...], &elements) } catch { return error }
            return nil
        }
        if let cause { throw cause }
        guard !elements.signatures.isEmpty else { throw .malformedSignature }
        return elements
    }

    private func take(_ header: Bytes, _ elements: inout SignatureElements) throws(RefusalCause) {
        guard layout != .plain, let first = separator.first else { return try takeSignature(header, &elements) }
        var rest = header
        var start = rest.startIndex
        while let index = rest[start...].firstIndex(of: first) {
            guard rest[index...].starts(with: separator) else {
                start = index + 1
                continue
            }
            try takePart(rest[..<index], &elements)
            rest = rest[(index + separator.count)...]
            start = rest.startIndex
        }
        try takePart(rest, &elements)
    }

    /// Takes what lies between separators.
    private func takePart(_ part: Bytes, _ elements: inout SignatureElements) throws(RefusalCause) {
        guard !part.isEmpty else { return }
        guard layout == .keyed else { return try takeSignature(Self.trimmed(part), &elements) }
        guard let equals = part.firstIndex(of: UInt8(ascii: "=")), let signatureKey else { return }
        let key = Self.trimmed(part[..<equals])
        let value = Self.trimmed(part[(equals + 1)...])
        if key.elementsEqual(signatureKey) { try takeSignature(value, &elements) }
        guard let timestampKey, key.elementsEqual(timestampKey) else { return }
        // With two timestamps, the checked one and the signed one could be different.
        guard elements.timestamp == nil else { throw .malformedTimestamp }
        elements.timestamp = String(decoding: value, as: UTF8.self)
    }

    private func takeSignature(_ element: Bytes, _ elements: inout SignatureElements) throws(RefusalCause) {
        elements.count += 1
        guard elements.count <= SignatureVerifier.mostSignatures else { throw .tooManySignatures }
        guard element.starts(with: prefix) else { return }
        let digits = element.dropFirst(prefix.count)
        let signature =
            switch encoding {
            case .hex: BinaryText.hex(digits)
            case .base64: BinaryText.base64(digits, strict: true, padded: true)
            case .base64url: BinaryText.base64(digits, alphabet: .url, strict: true, padded: false)
            }
        if let signature, signature.count == length { elements.signatures.append(signature) }
    }

    private static func trimmed(_ text: Bytes) -> Bytes {
        var text = text
        while let first = text.first, first == 0x20 || first == 0x09 { text.removeFirst() }
        while let last = text.last, last == 0x20 || last == 0x09 { text.removeLast() }
        return text
    }
}
