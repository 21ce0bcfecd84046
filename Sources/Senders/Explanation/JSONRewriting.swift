/// Writes JSON in one of the ways in which programs do.
struct JSONRewriting {
    enum Spacing: CaseIterable {
        case none, afterSeparators, twoSpaces, fourSpaces

        var description: String {
            switch self {
            case .none: "compact"
            case .afterSeparators: "a space after each comma and colon"
            case .twoSpaces: "indented by two"
            case .fourSpaces: "indented by four"
            }
        }

        var indentation: Int? {
            switch self {
            case .none, .afterSeparators: nil
            case .twoSpaces: 2
            case .fourSpaces: 4
            }
        }
    }

    enum Characters: CaseIterable {
        case asTheyAre, escaped, escapedSlashes

        var description: String? {
            switch self {
            case .asTheyAre: nil
            case .escaped: "characters beyond ASCII escaped"
            case .escapedSlashes: "slashes escaped"
            }
        }
    }

    let spacing: Spacing
    let characters: Characters
    let isSorted: Bool

    func bytes(of document: JSONValue) -> [UInt8] {
        var out = ""
        write(document, depth: 0, to: &out)
        return Array(out.utf8)
    }

    private func write(_ value: JSONValue, depth: Int, to out: inout String) {
        switch value {
        case .null: out += "null"
        case .boolean(let isTrue): out += isTrue ? "true" : "false"
        case .number(let text): out += text
        case .string(let text): write(text, to: &out)
        case .array(let items):
            list("[", "]", items, depth: depth, to: &out) { write($0, depth: depth + 1, to: &$1) }
        case .object(let members):
            let ordered =
                isSorted ? members.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) } : members
            list("{", "}", ordered, depth: depth, to: &out) { member, out in
                write(member.name, to: &out)
                out += spacing == .none ? ":" : ": "
                write(member.value, depth: depth + 1, to: &out)
            }
        }
    }

    private func list<Item>(
        _ opening: String,
        _ closing: String,
        _ items: [Item],
        depth: Int,
        to out: inout String,
        _ write: (Item, inout String) -> Void
    ) {
        out += opening
        for (index, item) in items.enumerated() {
            if index > 0 { out += spacing == .afterSeparators ? ", " : "," }
            if let step = spacing.indentation { out += "\n" + String(repeating: " ", count: step * (depth + 1)) }
            write(item, &out)
        }
        if let step = spacing.indentation, !items.isEmpty {
            out += "\n" + String(repeating: " ", count: step * depth)
        }
        out += closing
    }

    private func write(_ text: String, to out: inout String) {
        out += "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            case "\u{8}": out += "\\b"
            case "\u{C}": out += "\\f"
            case "/" where characters == .escapedSlashes: out += "\\/"
            case ..<" ": out += Self.escape(UInt16(scalar.value))
            case "\u{7F}"... where characters == .escaped:
                for unit in String(scalar).utf16 { out += Self.escape(unit) }
            default: out.unicodeScalars.append(scalar)
            }
        }
        out += "\""
    }

    private static func escape(_ unit: UInt16) -> String {
        let hex = String(unit, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
    }
}
