extension YAMLMapping {
    private static let forms = "write {env: NAME}, {file: PATH} or {credential: NAME}"

    /// Where a secret is. A literal is refused: it would be in every copy of the configuration.
    public func secret(_ key: String, _ need: Need = .optional) -> SecretReference? {
        guard let node = node(key, need) else { return nil }
        guard case .mapping = node.value, let section = mapping(key) else {
            report("a secret must not be written here", at: key, hint: Self.forms)
            return nil
        }
        return section.secretReference(isNamed: false)
    }

    /// A list of secrets, each with an optional `name`.
    public func secrets(_ key: String, _ need: Need = .optional) -> [SecretReference]? {
        guard let items = list(key, need) else { return nil }
        for (index, item) in items.enumerated() {
            guard case .mapping = item.value else {
                reportItem("a secret must not be written here", item, key: key, index: index, hint: Self.forms)
                return nil
            }
        }
        let references = (mappings(key) ?? []).compactMap { $0.secretReference(isNamed: true) }
        return references
    }

    private func secretReference(isNamed: Bool) -> SecretReference? {
        let name = isNamed ? string("name") : nil
        let sources = [
            string("env").map(SecretReference.Source.environment), string("file").map(SecretReference.Source.file),
            string("credential").map(SecretReference.Source.credential),
        ].compactMap { $0 }
        guard let source = sources.first, sources.count == 1 else {
            report("must have exactly one of env, file and credential")
            return nil
        }
        if case .credential(let credential) = source, credential.contains("/") || credential.hasPrefix(".") {
            report("must be the credential's name, not a path", at: "credential")
            return nil
        }
        return SecretReference(source, name: name, mark: section, keyPath: path)
    }
}
