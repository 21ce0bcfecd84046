import Foundation

/// A person's email in the one form in which emails are compared (rule 1): NFC, with A–Z folded, byte for byte.
///
/// Nothing else is equal: no `lowercased()`, which turns the Kelvin sign into `k`; no canonical string equality; no plus
/// or dot tricks; no Unicode case folding, which turns `ß` into `ss`.
///
/// `description` never shows the address, so that it cannot reach a log line by accident; use ``text`` where a person
/// is meant to read it.
public struct EmailAddress: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The longest usable address in bytes (RFC 5321, section 4.5.3.1.3, less the angle brackets).
    public static let longest = 254

    /// The address in its compared form.
    public let text: String

    /// Reads an address.
    ///
    /// - Throws: ``UnusableEmail`` when the address cannot be compared safely.
    public init(_ given: String) throws(UnusableEmail) {
        let given = given
        guard given.utf8.count <= Self.longest else { throw .tooLong }
        if given.utf8.allSatisfy({ $0 < 0x80 && Self.folded($0) == $0 }) {
            // As most are: the text itself, not a copy.
            text = try Self.checked(given)
            return
        }
        if given.utf8.allSatisfy({ $0 < 0x80 }) {
            text = try Self.checked(String(decoding: given.utf8.map(Self.folded), as: UTF8.self))
            return
        }
        for scalar in given.unicodeScalars where !scalar.isASCII {
            let composed = String(Character(scalar)).precomposedStringWithCanonicalMapping
            guard composed.unicodeScalars.allSatisfy({ !$0.isASCII }) else { throw .disguisedASCII }
        }
        let composed = given.precomposedStringWithCanonicalMapping
        guard composed.utf8.count <= Self.longest else { throw .tooLong }
        text = try Self.checked(String(decoding: composed.utf8.map(Self.folded), as: UTF8.self))
    }

    public init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    /// What stands after the `@`.
    public var domain: String {
        text.utf8.firstIndex(of: UInt8(ascii: "@")).map { String(text[text.utf8.index(after: $0)...]) } ?? ""
    }

    public var description: String { "<email>" }

    public static func == (left: Self, right: Self) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

    public func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
    }

    /// Folds A–Z only; every other byte stays.
    static func folded(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }

    private static func checked(_ text: String) throws(UnusableEmail) -> String {
        for scalar in text.unicodeScalars {
            if scalar.properties.isWhitespace { throw .whiteSpace }
            if scalar.properties.generalCategory == .control { throw .controlCharacter }
            if scalar == "," { throw .comma }
        }
        let parts = text.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw .notOneAt }
        guard !parts[0].isEmpty, !parts[1].isEmpty else { throw .emptySide }
        return text
    }
}

/// Why an email cannot be used (rule 1). The address itself is never part of the message.
public enum UnusableEmail: String, Error, Sendable, CaseIterable {
    case notOneAt = "the email does not have exactly one @"
    case emptySide = "the email has nothing before or after its @"
    case tooLong = "the email is longer than 254 bytes"
    case whiteSpace = "the email holds white space"
    case controlCharacter = "the email holds a control character"
    case comma = "the email holds a comma"
    case disguisedASCII = "the email holds a character that Unicode turns into an ASCII one"
}
