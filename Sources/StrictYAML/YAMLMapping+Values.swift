extension YAMLMapping {
    /// Text. What looks like a number or a boolean must be quoted.
    ///
    /// - Parameter allowingEmpty: whether `""` is a value.
    public func string(_ key: String, _ need: Need = .optional, allowingEmpty: Bool = false) -> String? {
        guard let node = node(key, need) else { return nil }
        return text(node, allowingEmpty: allowingEmpty) { report($0, at: key, hint: $1) }
    }

    /// A list of texts.
    public func strings(_ key: String, _ need: Need = .optional) -> [String]? {
        guard let items = list(key, need) else { return nil }
        return texts(items, key: key)
    }

    /// One text, or a list of at least one.
    public func oneOrMore(_ key: String, _ need: Need = .optional) -> [String]? {
        guard let node = node(key, need) else { return nil }
        guard case .sequence(let items) = node.value else { return string(key).map { [$0] } }
        if items.isEmpty { report("must name at least one", at: key) }
        return items.isEmpty ? nil : texts(items, key: key)
    }

    /// A list of texts, numbers and booleans, each as it is written.
    public func scalars(_ key: String, _ need: Need = .optional) -> [String]? {
        guard let items = list(key, need) else { return nil }
        var texts: [String] = []
        for (index, item) in items.enumerated() {
            guard case .scalar(let text, _) = item.value, item.scalar != .null else {
                reportItem("must be text, a number or a boolean, is \(item.kind)", item, key: key, index: index)
                continue
            }
            texts.append(text)
        }
        return texts
    }

    /// A whole number within bounds.
    public func integer(_ key: String, in range: ClosedRange<Int>, _ need: Need = .optional) -> Int? {
        guard let node = node(key, need) else { return nil }
        guard case .integer(let number) = node.scalar else {
            report("must be a whole number, is \(node.kind)", at: key)
            return nil
        }
        guard range.contains(number) else {
            report("must be from \(range.lowerBound) to \(range.upperBound)", at: key)
            return nil
        }
        return number
    }

    /// A number within bounds.
    public func number(_ key: String, in range: ClosedRange<Double>, _ need: Need = .optional) -> Double? {
        guard let node = node(key, need) else { return nil }
        let number: Double
        switch node.scalar {
        case .integer(let whole): number = Double(whole)
        case .number(let broken): number = broken
        default:
            report("must be a number, is \(node.kind)", at: key)
            return nil
        }
        guard range.contains(number) else {
            report("must be from \(range.lowerBound) to \(range.upperBound)", at: key)
            return nil
        }
        return number
    }

    /// `true` or `false`.
    public func boolean(_ key: String, _ need: Need = .optional) -> Bool? {
        guard let node = node(key, need) else { return nil }
        guard case .boolean(let value) = node.scalar else {
            report("must be true or false, is \(node.kind)", at: key)
            return nil
        }
        return value
    }

    /// A duration such as `250ms`, `30s`, `5m`, `1h` or `4d`, within bounds.
    public func duration(
        _ key: String,
        in range: ClosedRange<Duration> = .zero...(.seconds(86_400 * 36_500)),
        _ need: Need = .optional
    ) -> Duration? {
        guard let node = node(key, need) else { return nil }
        guard case .scalar(let text, _) = node.value, let duration = DurationText.duration(text) else {
            report("must be a duration", at: key, hint: "such as 30s, 5m, 1h or 4d")
            return nil
        }
        guard range.contains(duration) else {
            let bounds = (DurationText.text(range.lowerBound), DurationText.text(range.upperBound))
            report("must be from \(bounds.0) to \(bounds.1)", at: key)
            return nil
        }
        return duration
    }

    /// One of an enum's words.
    public func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ key: String,
        of type: Choice.Type = Choice.self,
        _ need: Need = .optional
    ) -> Choice? {
        string(key, need).flatMap { choice($0, key: key) }
    }

    /// A list of such words.
    public func choices<Choice: RawRepresentable<String> & CaseIterable>(
        _ key: String,
        of type: Choice.Type = Choice.self
    ) -> [Choice]? {
        strings(key)?.compactMap { choice($0, key: key) }
    }

    private func choice<Choice: RawRepresentable<String> & CaseIterable>(_ word: String, key: String) -> Choice? {
        if let choice = Choice(rawValue: word) { return choice }
        let words = Choice.allCases.map(\.rawValue)
        report(
            "must be one of \(words.joined(separator: ", "))",
            at: key,
            hint: Nearest.match(for: word, among: words).map { "did you mean \($0)?" }
        )
        return nil
    }

    private func texts(_ items: [YAMLNode], key: String) -> [String] {
        var texts: [String] = []
        for (index, item) in items.enumerated() {
            let text = text(item, allowingEmpty: false) { reportItem($0, item, key: key, index: index, hint: $1) }
            if let text { texts.append(text) }
        }
        return texts
    }

    private func text(_ node: YAMLNode, allowingEmpty: Bool, report: (String, String?) -> Void) -> String? {
        switch node.scalar {
        case .text(let text) where text.isEmpty && !allowingEmpty: report("is empty", nil)
        case .text(let text): return text
        case .boolean, .integer, .number: report("must be text, is \(node.kind)", "put it in quotes")
        default: report("must be text, is \(node.kind)", nil)
        }
        return nil
    }

    func reportItem(_ message: String, _ item: YAMLNode, key: String, index: Int, hint: String? = nil) {
        let itemPath = "\(path(of: key))[\(index)]"
        problems.report(YAMLError(item.mark, keyPath: itemPath, message: message, hint: hint))
    }
}
