import Presentation
import StrictYAML

extension YAMLText {
    /// The value as JSON.
    static func output(_ node: YAMLNode) -> JSONOutput {
        switch node.value {
        case .scalar(let text, let isPlain):
            if isPlain, let number = Int(text) { return .integer(number) }
            if isPlain, text == "true" || text == "false" { return .boolean(text == "true") }
            return .text(text)
        case .sequence(let items): return .list(items.map(output))
        case .mapping(let entries): return .object(entries.map { ($0.key, output($0.node)) })
        }
    }
}
