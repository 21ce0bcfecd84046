/// Writes JSON as RFC 8785 has it: no white space, names in order, one way to write each value.
struct CanonicalJSON {
    private(set) var bytes: [UInt8] = []

    init() {}

    /// Goes on after what is there, with room for more bytes.
    init(_ beginning: [UInt8], roomFor count: Int) {
        bytes.reserveCapacity(beginning.count + count)
        bytes += beginning
    }

    private static let digits = Array("0123456789abcdef".utf8)

    /// What stands between the values; the caller answers for it.
    mutating func raw(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    mutating func raw(_ written: [UInt8]) { bytes += written }

    mutating func write(_ value: AuditValue) {
        switch value {
        case .text(let text): write(text)
        case .number(let number): bytes.append(contentsOf: String(number).utf8)
        case .boolean(let value): value ? raw("true") : raw("false")
        case .list(let items):
            raw("[")
            for (index, item) in items.enumerated() {
                if index > 0 { raw(",") }
                write(item)
            }
            raw("]")
        case .object(let members): write(members)
        }
    }

    mutating func write(_ members: [String: AuditValue]) {
        raw("{")
        let names = members.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        for (index, name) in names.enumerated() {
            guard let value = members[name] else { continue }
            if index > 0 { raw(",") }
            write(name)
            raw(":")
            write(value)
        }
        raw("}")
    }

    /// A string (RFC 8785, section 3.2.2.2).
    mutating func write(_ text: String) {
        raw("\"")
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): raw("\\\"")
            case UInt8(ascii: "\\"): raw("\\\\")
            case 0x20...: bytes.append(byte)
            case 0x08: raw("\\b")
            case 0x09: raw("\\t")
            case 0x0A: raw("\\n")
            case 0x0C: raw("\\f")
            case 0x0D: raw("\\r")
            default:
                raw("\\u00")
                bytes.append(Self.digits[Int(byte >> 4)])
                bytes.append(Self.digits[Int(byte & 15)])
            }
        }
        raw("\"")
    }

    /// Bytes as a string of lower-case hex.
    mutating func writeHex(_ value: [UInt8]) {
        raw("\"")
        for byte in value {
            bytes.append(Self.digits[Int(byte >> 4)])
            bytes.append(Self.digits[Int(byte & 15)])
        }
        raw("\"")
    }
}

/// Bytes as lower-case hex, which is how the audit chain and digests write them.
public enum HexText {
    /// Two digits for each byte.
    public static func text(_ bytes: [UInt8]) -> String {
        var json = CanonicalJSON()
        json.writeHex(bytes)
        return String(decoding: json.bytes.dropFirst().dropLast(), as: UTF8.self)
    }

    /// Reads lower-case hex; `nil` for anything else, upper case among it, so that there is one way to write each value.
    public static func bytes(_ text: some Sequence<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        var high: UInt8?
        for character in text {
            let digit: UInt8
            switch character {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = character - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = character - UInt8(ascii: "a") + 10
            default: return nil
            }
            if let first = high {
                bytes.append(first << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
        return high == nil ? bytes : nil
    }
}
