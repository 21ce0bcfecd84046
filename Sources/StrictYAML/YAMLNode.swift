/// Where in which file something stands.
public struct YAMLMark: Sendable, Equatable {
    /// The file's name as the reader was given it.
    public let file: String
    /// From 1.
    public let line: Int
    /// From 1, in Unicode scalars.
    public let column: Int

    public init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }
}

/// A value of a YAML document that knows where it stands.
public struct YAMLNode: Sendable {
    public enum Value: Sendable {
        /// `isPlain` tells whether it stood without quotes, so that its text decides its type.
        case scalar(text: String, isPlain: Bool)
        /// In the order of the file; no key comes twice.
        case mapping([Entry])
        case sequence([YAMLNode])
    }

    public struct Entry: Sendable {
        public let key: String
        /// Where the key stands.
        public let mark: YAMLMark
        public let node: YAMLNode
    }

    public let value: Value
    /// Where the value begins.
    public let mark: YAMLMark

    public init(value: Value, mark: YAMLMark) {
        self.value = value
        self.mark = mark
    }

    /// What a scalar means by YAML 1.2's core schema.
    enum Scalar: Equatable {
        case null
        case boolean(Bool)
        case integer(Int)
        case number(Double)
        case text(String)
    }

    /// The scalar's meaning; `nil` for a mapping or a sequence.
    var scalar: Scalar? {
        guard case .scalar(let text, let isPlain) = value else { return nil }
        guard isPlain else { return .text(text) }
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .boolean(true)
        case "false", "False", "FALSE": return .boolean(false)
        default: break
        }
        let digits =
            text.utf8.first == UInt8(ascii: "-") || text.utf8.first == UInt8(ascii: "+")
            ? text.utf8.dropFirst() : text.utf8[...]
        let isNumeric = { (byte: UInt8) in (0x30...0x39).contains(byte) }
        if !digits.isEmpty, digits.allSatisfy(isNumeric) {
            return Int(text).map(Scalar.integer) ?? Double(text).map(Scalar.number) ?? .text(text)
        }
        if digits.contains(where: isNumeric), digits.allSatisfy({ isNumeric($0) || ".eE+-".utf8.contains($0) }),
            let number = Double(text)
        {
            return .number(number)
        }
        return .text(text)
    }

    /// What it is, in words for a message.
    var kind: String {
        switch value {
        case .mapping: return "a mapping"
        case .sequence: return "a list"
        case .scalar:
            switch scalar {
            case .boolean: return "a boolean"
            case .integer, .number: return "a number"
            case .null: return "nothing"
            default: return "text"
            }
        }
    }
}
