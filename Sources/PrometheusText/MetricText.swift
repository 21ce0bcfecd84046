/// Families as the text format 0.0.4 has them, in the order of their names.
struct MetricText {
    let families: [String: MetricFamily]
    let series: [String: [[String]: any Series]]
    let samples: [MetricSample]

    /// What a server says of it.
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    var text: String {
        var text = ""
        let samples = Dictionary(grouping: samples, by: \.family)
        for family in families.values.sorted(by: { $0.name < $1.name }) {
            let lines = lines(of: family, samples[family.name] ?? [])
            guard !lines.isEmpty else { continue }
            text += "# HELP \(family.name) \(Self.escaped(family.help))\n# TYPE \(family.name) \(family.kind.word)\n"
            text += lines.joined()
        }
        return text
    }

    private func lines(of family: MetricFamily, _ samples: [MetricSample]) -> [String] {
        var shown = (series[family.name] ?? [:]).map { (labels: $0.key, lines: $0.value.lines) }
        if family.kind == .counter || family.kind == .gauge {
            // A series that is counted is not read, too: each is shown once.
            var seen = Set(shown.map(\.labels))
            for sample in samples where sample.labels.count == family.labels.count {
                guard seen.insert(sample.labels).inserted else { continue }
                shown.append((sample.labels, [SeriesLine(value: sample.value)]))
            }
        }
        return shown.sorted { $0.labels.lexicographicallyPrecedes($1.labels) }.flatMap { labels, lines in
            lines.map { line in
                var pairs = zip(family.labels, labels).map { "\($0)=\"\(Self.escaped($1, quotes: true))\"" }
                if let bound = line.bound { pairs.append("le=\"\(Self.number(bound))\"") }
                let braces = pairs.isEmpty ? "" : "{\(pairs.joined(separator: ","))}"
                return "\(family.name)\(line.suffix)\(braces) \(Self.number(line.value))\n"
            }
        }
    }

    /// A text with what would end its place taken apart.
    private static func escaped(_ text: String, quotes: Bool = false) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// A number as Go reads it.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        // Beyond this not every whole number is one.
        let largestExact = 9_007_199_254_740_992.0
        if value == value.rounded(), abs(value) <= largestExact { return String(Int64(value)) }
        return "\(value)"
    }
}

extension MetricRegistry {
    /// What a server says ``text(with:)`` is.
    public static let contentType = MetricText.contentType
}
