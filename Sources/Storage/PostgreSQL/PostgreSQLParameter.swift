/// A value on its way to PostgreSQL, in the binary form of its type.
struct PostgreSQLParameter {
    /// The number of a type, which PostgreSQL never changes (`pg_type.dat`).
    enum Kind: UInt32 {
        case bytea = 17
        case bigint = 20
        case text = 25
        case byteaArray = 1001
        case textArray = 1009
        case bigintArray = 1016
    }

    let kind: Kind
    /// `nil` is NULL.
    let bytes: [UInt8]?

    init(_ value: SQLValue) {
        switch value {
        case .integer(let number): (kind, bytes) = (.bigint, number.map(Self.bigint))
        case .text(let text): (kind, bytes) = (.text, text.map(Self.text))
        case .blob(let blob): (kind, bytes) = (.bytea, blob)
        }
    }

    init(integers: [Int64]) { self.init(.bigintArray, of: .bigint, integers.map(Self.bigint)) }

    init(texts: [String?]) { self.init(.textArray, of: .text, texts.map { $0.map(Self.text) }) }

    /// Texts that are UTF-8 already and hold no NUL.
    init(utf8 texts: [[UInt8]]) { self.init(.textArray, of: .text, texts) }

    init(blobs: [[UInt8]]) { self.init(.byteaArray, of: .bytea, blobs) }

    /// An array of one dimension as `array_send` writes it: dimensions, whether there are NULLs, the elements' type, how
    /// many and from which index on, then each with its length.
    private init(_ kind: Kind, of element: Kind, _ elements: [[UInt8]?]) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(20 + elements.reduce(0) { $0 + 4 + ($1?.count ?? 0) })
        let hasNull = elements.contains { $0 == nil }
        for word in [elements.isEmpty ? 0 : 1, hasNull ? 1 : 0, Int32(element.rawValue)] {
            Self.append(word, to: &bytes)
        }
        if !elements.isEmpty { for word in [Int32(elements.count), 1] { Self.append(word, to: &bytes) } }
        for one in elements {
            Self.append(one.map { Int32($0.count) } ?? -1, to: &bytes)
            if let one { bytes.append(contentsOf: one) }
        }
        self.kind = kind
        self.bytes = bytes
    }

    private static func append(_ word: Int32, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: word.bigEndian) { bytes.append(contentsOf: $0) }
    }

    private static func bigint(_ number: Int64) -> [UInt8] { withUnsafeBytes(of: number.bigEndian) { Array($0) } }

    /// PostgreSQL's text holds no NUL: it becomes the replacement character. What has to be kept to its last byte is no
    /// text.
    private static func text(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        guard bytes.contains(0) else { return bytes }
        return Array(text.replacing("\0", with: "\u{FFFD}").utf8)
    }
}
