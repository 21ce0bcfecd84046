/// Writes a value as YAML that reads back as the same.
public enum YAMLText {
    /// The longest line on which a list or a mapping of plain values stands whole.
    private static let longestLine = 120

    /// A document, without a line's end behind it.
    public static func text(_ node: YAMLNode) -> String {
        switch node.value {
        case .mapping(let entries) where !entries.isEmpty: lines(of: entries, indentation: 0).joined(separator: "\n")
        case .sequence(let items) where !items.isEmpty: lines(of: items, indentation: 0).joined(separator: "\n")
        default: flow(node)
        }
    }

    private static func lines(of entries: [YAMLNode.Entry], indentation: Int) -> [String] {
        let margin = String(repeating: " ", count: indentation)
        return entries.flatMap { entry -> [String] in
            let key = margin + quoted(entry.key, isPlain: true) + ":"
            let whole = key + " " + flow(entry.node)
            if whole.count <= longestLine, isShallow(entry.node) { return [whole] }
            switch entry.node.value {
            case .mapping(let inner): return [key] + lines(of: inner, indentation: indentation + 2)
            case .sequence(let items): return [key] + lines(of: items, indentation: indentation + 2)
            case .scalar: return [whole]
            }
        }
    }

    private static func lines(of items: [YAMLNode], indentation: Int) -> [String] {
        let margin = String(repeating: " ", count: indentation)
        return items.flatMap { item -> [String] in
            let whole = margin + "- " + flow(item)
            if whole.count <= longestLine, isShallow(item) { return [whole] }
            switch item.value {
            case .mapping(let inner):
                var lines = lines(of: inner, indentation: indentation + 2)
                lines[0] = margin + "- " + lines[0].dropFirst(indentation + 2)
                return lines
            case .sequence(let inner): return [margin + "-"] + lines(of: inner, indentation: indentation + 2)
            case .scalar: return [whole]
            }
        }
    }

    /// Whether nothing in it is nested, or it is empty.
    private static func isShallow(_ node: YAMLNode) -> Bool {
        func isScalar(_ node: YAMLNode) -> Bool { if case .scalar = node.value { true } else { false } }
        return switch node.value {
        case .scalar: true
        case .sequence(let items): items.allSatisfy(isScalar)
        case .mapping(let entries): entries.allSatisfy { isScalar($0.node) }
        }
    }

    /// On one line.
    private static func flow(_ node: YAMLNode) -> String {
        switch node.value {
        case .scalar(let text, let isPlain): quoted(text, isPlain: isPlain)
        case .sequence(let items): "[" + items.map(flow).joined(separator: ", ") + "]"
        case .mapping(let entries):
            "{" + entries.map { quoted($0.key, isPlain: true) + ": " + flow($0.node) }.joined(separator: ", ") + "}"
        }
    }

    /// A scalar, in quotes wherever a reader could take it for something else.
    private static func quoted(_ text: String, isPlain: Bool) -> String {
        let mark = YAMLMark(file: "", line: 1, column: 1)
        let node = YAMLNode(value: .scalar(text: text, isPlain: true), mark: mark)
        let isText = if case .text? = node.scalar { true } else { false }
        let isHarmless =
            !text.isEmpty
            && text.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || "_./-+".utf8.contains(byte)
            } && text.utf8.first != UInt8(ascii: "-")
        if isHarmless, isPlain || isText { return text }
        if isPlain, !isText, !text.isEmpty { return text }
        return "\"" + text.unicodeScalars.map(escaped).joined() + "\""
    }

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\"": return "\\\""
        case "\\": return "\\\\"
        case " "..."~": return String(scalar)
        default:
            let hex = String(scalar.value, radix: 16)
            return "\\U" + String(repeating: "0", count: 8 - hex.count) + hex
        }
    }
}
