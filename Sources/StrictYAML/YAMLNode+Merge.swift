extension YAMLNode {
    /// Lays a node over a preset: a mapping merges key by key, everything else replaces.
    ///
    /// Each value keeps the place where it was written; a merged mapping stands where the override stands, since that is
    /// where somebody can add what is missing.
    ///
    /// - Parameter alternatives: keys of which a mapping takes one. Where the override writes one of them, the preset's
    ///   others give way.
    public static func merge(
        _ preset: YAMLNode,
        _ override: YAMLNode,
        alternatives: Set<String> = []
    ) -> YAMLNode {
        guard case .mapping(let presetEntries) = preset.value, case .mapping(let overrideEntries) = override.value
        else {
            return override
        }
        let isChosen = overrideEntries.contains { alternatives.contains($0.key) }
        var merged = presetEntries.filter { !isChosen || !alternatives.contains($0.key) }
        for entry in overrideEntries {
            if let index = merged.firstIndex(where: { $0.key == entry.key }) {
                let node = merge(merged[index].node, entry.node, alternatives: alternatives)
                merged[index] = Entry(key: entry.key, mark: entry.mark, node: node)
            } else {
                merged.append(entry)
            }
        }
        return YAMLNode(value: .mapping(merged), mark: override.mark)
    }

    /// The same values, all of them at one place: for a preset that nobody can look into, so that what is missing in it
    /// is told where it can be added.
    public func placed(at mark: YAMLMark) -> YAMLNode {
        switch value {
        case .scalar: YAMLNode(value: value, mark: mark)
        case .sequence(let items): YAMLNode(value: .sequence(items.map { $0.placed(at: mark) }), mark: mark)
        case .mapping(let entries):
            YAMLNode(
                value: .mapping(entries.map { Entry(key: $0.key, mark: mark, node: $0.node.placed(at: mark)) }),
                mark: mark
            )
        }
    }
}
