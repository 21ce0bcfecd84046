/// Reads one mapping of a configuration: each key by name and type, then `finish()` for the keys nobody asked for.
///
/// Getters report into ``problems`` and answer `nil`; none throws, so that one reading finds every problem. Not meant for
/// more than one task.
public final class YAMLMapping {
    /// Whether a key may be missing.
    public enum Need: Sendable {
        case optional
        /// Reported at the line of the section when missing.
        case required
    }

    /// The keys that lead here, such as `senders[0].signature`.
    public let path: String
    public let problems: YAMLProblems
    /// Where the section begins: the line of its key, or of the list's item.
    public let section: YAMLMark
    /// The mapping as a value, for whoever decodes it elsewhere.
    public let node: YAMLNode
    private let entries: [YAMLNode.Entry]
    private var asked: [String] = []
    private var children: [String: [YAMLMapping]] = [:]
    private var isFinished = false
    private var replacement: YAMLMapping?

    /// Begins to read a mapping. A node of another kind is reported and read as an empty mapping.
    ///
    /// - Parameters:
    ///   - section: where the section begins; the node's own place by default.
    ///   - path: the keys that lead here, empty for the document.
    public init(_ node: YAMLNode, path: String = "", section: YAMLMark? = nil, problems: YAMLProblems) {
        self.node = node
        self.path = path
        self.problems = problems
        self.section = section ?? (path.isEmpty ? YAMLMark(file: node.mark.file, line: 1, column: 1) : node.mark)
        if case .mapping(let entries) = node.value {
            self.entries = entries
        } else {
            entries = []
            problems.report(
                YAMLError(self.section, keyPath: path, message: "must be a mapping, is \(node.kind)")
            )
        }
    }

    /// The keys as written, asked for or not.
    public var keys: [String] { entries.map(\.key) }

    /// Whether the key is written. Asking makes it a known key.
    public func has(_ key: String) -> Bool { entry(key) != nil }

    /// The value as it stands.
    public func node(_ key: String, _ need: Need = .optional) -> YAMLNode? {
        guard let entry = entry(key) else {
            if need == .required {
                problems.report(YAMLError(section, keyPath: path(of: key), message: "is missing"))
            }
            return nil
        }
        if entry.node.scalar == .null {
            report("has no value", at: key)
            return nil
        }
        return entry.node
    }

    /// A section.
    public func mapping(_ key: String, _ need: Need = .optional) -> YAMLMapping? {
        if let known = children[key]?.first { return known }
        guard let node = node(key, need) else { return nil }
        guard case .mapping = node.value else {
            report("must be a mapping, is \(node.kind)", at: key)
            return nil
        }
        let child = YAMLMapping(node, path: path(of: key), section: entry(key)?.mark, problems: problems)
        children[key] = [child]
        return child
    }

    /// A list of sections.
    public func mappings(_ key: String, _ need: Need = .optional) -> [YAMLMapping]? {
        if let known = children[key] { return known }
        guard let items = list(key, need) else { return nil }
        let made = items.enumerated().map { index, item in
            YAMLMapping(item, path: "\(path(of: key))[\(index)]", section: item.mark, problems: problems)
        }
        children[key] = made
        return made
    }

    /// The items of a list.
    public func list(_ key: String, _ need: Need = .optional) -> [YAMLNode]? {
        guard let node = node(key, need) else { return nil }
        guard case .sequence(let items) = node.value else {
            report("must be a list, is \(node.kind)", at: key)
            return nil
        }
        return items
    }

    /// Lays this mapping over a preset; from now on only the answer is read and finished.
    ///
    /// - Parameter alternatives: as ``YAMLNode/merge(_:_:alternatives:)`` has them.
    public func merged(over preset: YAMLNode, alternatives: Set<String> = []) -> YAMLMapping {
        let merged = YAMLMapping(
            YAMLNode.merge(preset, node, alternatives: alternatives),
            path: path,
            section: section,
            problems: problems
        )
        replacement = merged
        return merged
    }

    /// Reports every key that nobody asked for, here and in every section read through this one.
    public func finish() {
        if let replacement { return replacement.finish() }
        guard !isFinished else { return }
        isFinished = true
        for entry in entries where !asked.contains(entry.key) {
            let nearest = Nearest.match(for: entry.key, among: asked)
            problems.report(
                YAMLError(
                    entry.mark,
                    keyPath: path(of: entry.key),
                    message: "is an unknown key",
                    hint: nearest.map { "did you mean \($0)?" }
                )
            )
        }
        for child in children.values.joined() { child.finish() }
    }

    /// Reports a problem of the caller's at a key's place, or at the section's where the key is not written.
    public func report(_ message: String, at key: String? = nil, hint: String? = nil) {
        let mark = key.flatMap(entry)?.mark ?? section
        problems.report(YAMLError(mark, keyPath: key.map(path(of:)) ?? path, message: message, hint: hint))
    }

    /// Where a key stands, or where the section begins while the key is not written.
    public func mark(of key: String) -> YAMLMark { entry(key)?.mark ?? section }

    /// The keys that lead to a key of this mapping.
    public func path(of key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    private func entry(_ key: String) -> YAMLNode.Entry? {
        if !asked.contains(key) { asked.append(key) }
        return entries.first { $0.key == key }
    }
}
