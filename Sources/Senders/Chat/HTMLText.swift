/// The little HTML that chats send.
enum HTMLText {
    private static let named: [String: String] = [
        "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": " ",
    ]

    /// The text with entities as what they stand for; an unknown one stays as it is. A no-break space is a space.
    static func decoded(_ text: String) -> String {
        var decoded = ""
        var rest = text[...]
        while let ampersand = rest.firstIndex(of: "&") {
            decoded += rest[..<ampersand]
            let behind = rest[rest.index(after: ampersand)...]
            guard let end = behind.prefix(10).firstIndex(of: ";"), let character = character(String(behind[..<end]))
            else {
                decoded += "&"
                rest = behind
                continue
            }
            decoded += character
            rest = behind[behind.index(after: end)...]
        }
        return decoded + rest
    }

    private static func character(_ name: String) -> String? {
        guard name.hasPrefix("#") else { return named[name] }
        let digits = name.dropFirst()
        let isHex = digits.hasPrefix("x") || digits.hasPrefix("X")
        let code = UInt32(isHex ? digits.dropFirst() : digits, radix: isHex ? 16 : 10)
        guard let code, let scalar = Unicode.Scalar(code) else { return nil }
        return scalar == "\u{A0}" ? " " : String(scalar)
    }

    /// The text without the elements of a name, whatever is inside of them.
    static func without(_ name: String, in text: String) -> String {
        var kept = ""
        var rest = text[...]
        while let open = find("<\(name)>", in: rest), let close = find("</\(name)>", in: rest[open.upperBound...]) {
            kept += rest[..<open.lowerBound] + " "
            rest = rest[close.upperBound...]
        }
        return kept + rest
    }

    /// The text with a space in the place of each tag.
    static func withoutTags(_ text: String) -> String {
        var kept = ""
        var rest = text[...]
        while let open = rest.firstIndex(of: "<"), let close = rest[open...].firstIndex(of: ">") {
            kept += rest[..<open] + " "
            rest = rest[rest.index(after: close)...]
        }
        return kept + rest
    }

    private static func find(_ tag: String, in text: Substring) -> Range<Substring.Index>? { text.firstRange(of: tag) }
}
