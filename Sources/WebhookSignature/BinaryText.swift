/// Hex and base64 (RFC 4648), read strictly and written in one way.
package enum BinaryText {
    package enum Alphabet {
        case standard, url
    }

    /// Reads hex of even length; `nil` for anything else.
    package static func hex(_ text: some Collection<UInt8>, upperCase: Bool = false) -> [UInt8]? {
        guard text.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 2)
        var high: UInt8?
        for character in text {
            let value: UInt8
            switch character {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = character - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = character - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F") where upperCase: value = character - UInt8(ascii: "A") + 10
            default: return nil
            }
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return bytes
    }

    /// Reads base64; `nil` for anything else.
    ///
    /// - Parameters:
    ///   - strict: whether the bits that encode nothing must be zero.
    ///   - padded: whether padding must be there; where it is there, it must be right in any case.
    package static func base64(
        _ text: some BidirectionalCollection<UInt8>,
        alphabet: Alphabet = .standard,
        strict: Bool,
        padded: Bool
    ) -> [UInt8]? {
        let padding = text.reversed().prefix { $0 == UInt8(ascii: "=") }.count
        let digits = text.count - padding
        guard digits % 4 != 1 else { return nil }
        let due = (4 - digits % 4) % 4
        guard padding == due || (padding == 0 && !padded) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits * 3 / 4)
        var pending: UInt32 = 0
        var bits = 0
        for character in text.prefix(digits) {
            guard let value = value(of: character, in: alphabet) else { return nil }
            pending = (pending << 6 | UInt32(value)) & 0xFFFF
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: pending >> UInt32(bits)))
            }
        }
        if strict, pending & ((1 << UInt32(bits)) - 1) != 0 { return nil }
        return bytes
    }

    /// Writes lower-case hex.
    package static func hexText(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// Writes padded base64.
    package static func base64Text(_ bytes: [UInt8], alphabet: Alphabet = .standard) -> String {
        let last = alphabet == .standard ? "+/" : "-_"
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789\(last)".utf8)
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let joined = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
            for digit in 0...group.count { text.append(digits[Int(joined >> UInt32(18 - 6 * digit) & 63)]) }
            text += Array(repeating: UInt8(ascii: "="), count: 3 - group.count)
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func value(of character: UInt8, in alphabet: Alphabet) -> UInt8? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+") where alphabet == .standard, UInt8(ascii: "-") where alphabet == .url: 62
        case UInt8(ascii: "/") where alphabet == .standard, UInt8(ascii: "_") where alphabet == .url: 63
        default: nil
        }
    }
}
