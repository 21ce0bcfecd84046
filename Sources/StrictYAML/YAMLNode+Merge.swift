extension YAMLNode {
    /// Lays a node over a preset: a mapping merges key by key, everything else replaces.
    ///
    /// Each value keeps the place where it was written; a merged mapping stands where the override stands, since that is
    /// where somebody can add what is missing.
    public static func merge(_ preset: YAMLNode, _ override: YAMLNode) -> YAMLNode {
        guard case .mapping(let presetEntries) = preset.value, case .mapping(let overrideEntries) = override.value
        else {
            return override
        }
        var merged = presetEntries
        for entry in overrideEntries {
            if let index = merged.firstIndex(where: { $0.key == entry.key }) {
                let node = merge(merged[index].node, entry.node)
                merged[index] = Entry(key: entry.key, mark: entry.mark, node: node)
            } else {
                merged.append(entry)
            }
        }
        return YAMLNode(value: .mapping(merged), mark: override.mark)
    }
}
