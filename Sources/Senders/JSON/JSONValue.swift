/// A JSON value (RFC 8259) as it was written.
public indirect enum JSONValue: Sendable {
    case null
    case boolean(Bool)
    /// The number's text: converting it could change it.
    case number(String)
    case string(String)
    case array([JSONValue])
    /// In the order of the text; no name comes twice.
    case object([Member])

    public struct Member: Sendable {
        public let name: String
        public let value: JSONValue

        public init(name: String, value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    /// The member with that name, compared byte for byte.
    public subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name.utf8.elementsEqual(name.utf8) }?.value
    }

    /// The text of a string, number or boolean; `nil` for everything else.
    public var scalarText: String? {
        switch self {
        case .string(let text), .number(let text): text
        case .boolean(let value): value ? "true" : "false"
        case .null, .array, .object: nil
        }
    }

    public var isNull: Bool {
        if case .null = self { return true }
        return false
    }
}

/// Why bytes are no JSON that we read. Never holds any of them.
public struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable {
        case unexpectedEnd = "ends too early"
        case unexpectedByte = "has a byte that does not belong there"
        case trailingBytes = "goes on after its value"
        case invalidUTF8 = "is not UTF-8"
        case loneSurrogate = "has half of a surrogate pair"
        case controlCharacter = "has a control character in a string"
        case invalidEscape = "has an unknown escape"
        case invalidNumber = "has a number that is none"
        case tooDeep = "is nested more than 64 deep"
        case duplicateName = "has a name twice in one object"
    }

    public let code: Code
    /// Where, in bytes from 0.
    public let offset: Int

    public var description: String { "JSON \(code.rawValue), at byte \(offset)" }
}
