package import Foundation

/// A JSON value that is written with its keys in the order given, so that people and `diff` find them where they were.
package indirect enum JSONOutput: Sendable, Equatable {
    case null
    case boolean(Bool)
    case integer(Int)
    case text(String)
    case list([JSONOutput])
    case object([(key: String, value: JSONOutput)])

    /// A text, or null.
    package static func optional(_ text: String?) -> JSONOutput { text.map(JSONOutput.text) ?? .null }

    /// A number, or null.
    package static func optional(_ number: Int?) -> JSONOutput { number.map(JSONOutput.integer) ?? .null }

    /// A time as RFC 3339 in UTC with milliseconds, or null.
    package static func optional(_ date: Date?) -> JSONOutput { date.map { .text(TimeText.text($0)) } ?? .null }

    package static func == (left: JSONOutput, right: JSONOutput) -> Bool { left.compact == right.compact }

    /// On one line.
    package var compact: String {
        var out = ""
        write(to: &out, indentation: nil)
        return out
    }

    /// Over several lines, for people: lists of plain values stay on one.
    package var pretty: String {
        var out = ""
        write(to: &out, indentation: 0)
        return out
    }

    private func write(to out: inout String, indentation: Int?) {
        switch self {
        case .null: out += "null"
        case .boolean(let value): out += value ? "true" : "false"
        case .integer(let number): out += String(number)
        case .text(let text): Self.write(text, to: &out)
        case .list(let items):
            Self.write(items, "[", "]", to: &out, indentation: items.allSatisfy(\.isPlain) ? nil : indentation) {
                $0.write(to: &$1, indentation: $2)
            }
        case .object(let members):
            Self.write(members, "{", "}", to: &out, indentation: indentation) { member, out, indentation in
                Self.write(member.key, to: &out)
                out += indentation == nil ? ":" : ": "
                member.value.write(to: &out, indentation: indentation)
            }
        }
    }

    private var isPlain: Bool {
        switch self {
        case .list, .object: false
        default: true
        }
    }

    private static func write<Item>(
        _ items: [Item],
        _ opening: String,
        _ closing: String,
        to out: inout String,
        indentation: Int?,
        _ writeItem: (Item, inout String, Int?) -> Void
    ) {
        out += opening
        let inner = indentation.map { $0 + 2 }
        func breakLine(_ depth: Int) { out += "\n" + String(repeating: " ", count: depth) }
        for (index, item) in items.enumerated() {
            if index > 0 { out += "," }
            if let inner { breakLine(inner) }
            writeItem(item, &out, inner)
        }
        if let indentation, !items.isEmpty { breakLine(indentation) }
        out += closing
    }

    private static func write(_ text: String, to out: inout String) {
        out += "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            // Terminals act on C1 controls as on C0; U+2028 and U+2029 end a line for some readers of JSON lines.
            case ..<" ", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}":
                let hex = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: out.unicodeScalars.append(scalar)
            }
        }
        out += "\""
    }
}
