/// What is measured: one name, with a series for each set of labels.
public struct MetricFamily: Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        /// Only grows. Its name ends in `_total`.
        case counter
        /// Goes up and down.
        case gauge
        /// How many values were at most so large.
        ///
        /// - Parameter buckets: the upper bounds in the family's unit, ascending, without the last one, which is endless.
        case histogram(buckets: [Double])

        var word: String {
            switch self {
            case .counter: "counter"
            case .gauge: "gauge"
            case .histogram: "histogram"
            }
        }
    }

    public let name: String
    public let kind: Kind
    /// One sentence for whoever reads it years later.
    public let help: String
    /// The names of the labels, in the order in which they are shown.
    public let labels: [String]

    public init(_ name: String, _ kind: Kind, _ help: String, labels: [String] = []) {
        self.name = name
        self.kind = kind
        self.help = help
        self.labels = labels
    }

    /// Why it cannot be used as it is; `nil` where it can.
    public var problem: String? {
        guard Self.isName(name, allowing: ":") else { return "\(name) is no name" }
        guard labels.allSatisfy({ Self.isName($0) && !$0.hasPrefix("__") && $0 != "le" }) else {
            return "\(name) has a label that is no name"
        }
        guard Set(labels).count == labels.count else { return "\(name) has a label twice" }
        switch kind {
        case .counter where !name.hasSuffix("_total"): return "\(name) is a counter and does not end in _total"
        case .gauge where name.hasSuffix("_total"): return "\(name) is no counter and ends in _total"
        case .histogram(let buckets):
            let isAscending = zip(buckets, buckets.dropFirst()).allSatisfy { $0 < $1 }
            guard !buckets.isEmpty, isAscending, buckets.allSatisfy(\.isFinite) else {
                return "\(name) has buckets that do not ascend"
            }
            return nil
        default: return nil
        }
    }

    private static func isName(_ text: String, allowing other: Character? = nil) -> Bool {
        guard let first = text.first, !first.isNumber else { return false }
        return text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == other) }
    }
}
