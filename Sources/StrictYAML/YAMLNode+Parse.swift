import Yams

extension YAMLNode {
    /// The most values that a document may come to, its aliases written out.
    public static let mostNodes = 100_000
    /// The most levels of nesting.
    public static let deepest = 64

    /// Parses one document. An empty one is an empty mapping.
    ///
    /// - Parameters:
    ///   - text: the document.
    ///   - file: the name under which problems are reported.
    /// - Throws: ``YAMLError`` for what is no YAML, a key that comes twice, a key that is no scalar, and a document that
    ///   is too large or too deep.
    public static func parse(_ text: String, file: String) throws(YAMLError) -> YAMLNode {
        let start = YAMLMark(file: file, line: 1, column: 1)
        let root: Node?
        do { root = try Yams.compose(yaml: text) } catch { throw YAMLError(error, file: file) }
        guard let root else { return YAMLNode(value: .mapping([]), mark: start) }
        var count = 0
        return try convert(root, file: file, depth: 0, count: &count)
    }

    private static func convert(
        _ node: Node,
        file: String,
        depth: Int,
        count: inout Int
    ) throws(YAMLError) -> YAMLNode {
        let mark = YAMLMark(file: file, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
        count += 1
        guard count <= mostNodes else { throw YAMLError(mark, message: "more than \(mostNodes) values") }
        guard depth <= deepest else { throw YAMLError(mark, message: "nested more than \(deepest) deep") }
        switch node {
        case .scalar(let scalar):
            return YAMLNode(value: .scalar(text: scalar.string, isPlain: scalar.style == .plain), mark: mark)
        case .sequence(let sequence):
            var items: [YAMLNode] = []
            for item in sequence { items.append(try convert(item, file: file, depth: depth + 1, count: &count)) }
            return YAMLNode(value: .sequence(items), mark: mark)
        case .mapping(let mapping):
            var entries: [Entry] = []
            var seen: Set<String> = []
            for (keyNode, valueNode) in mapping {
                let keyMark = YAMLMark(
                    file: file,
                    line: keyNode.mark?.line ?? mark.line,
                    column: keyNode.mark?.column ?? mark.column
                )
                guard case .scalar(let key) = keyNode else {
                    throw YAMLError(keyMark, message: "a key must be text")
                }
                guard seen.insert(key.string).inserted else {
                    throw YAMLError(keyMark, keyPath: key.string, message: "the key comes twice")
                }
                let value = try convert(valueNode, file: file, depth: depth + 1, count: &count)
                entries.append(Entry(key: key.string, mark: keyMark, node: value))
            }
            return YAMLNode(value: .mapping(entries), mark: mark)
        case .alias:
            throw YAMLError(mark, message: "an alias without its anchor")
        }
    }
}

extension YAMLError {
    /// Yams' own description quotes the file, which may hold what a log must not; only the place and the problem pass.
    fileprivate init(_ error: any Error, file: String) {
        let start = YAMLMark(file: file, line: 1, column: 1)
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            self.init(YAMLMark(file: file, line: mark.line, column: mark.column), message: problem)
        case .duplicatedKeysInMapping(let duplicates, let context):
            self.init(
                YAMLMark(file: file, line: context.mark.line, column: context.mark.column),
                keyPath: duplicates.first ?? "",
                message: "the key comes twice"
            )
        case .reader(let problem, _, _, _):
            self.init(start, message: problem)
        default:
            self.init(start, message: "the file cannot be read as YAML")
        }
    }
}
