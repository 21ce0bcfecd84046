/// A path as it is evaluated: where it begins and which way it goes (RFC 9535, section 2.1.2).
struct JSONPathQuery: Sendable {
    enum Start: Sendable {
        /// `$`
        case event
        /// `$$`
        case body
        /// `@`
        case current
    }

    /// Selectors, applied to the value itself, or to it and everything inside it.
    struct Segment: Sendable {
        let selectors: [Selector]
        let isDescendant: Bool
    }

    enum Selector: Sendable {
        case name(String)
        /// Counted from the end where negative.
        case index(Int)
        case wildcard
        case slice(start: Int?, end: Int?, step: Int)
        case filter(Filter)
    }

    /// A logical expression (section 2.3.5).
    indirect enum Filter: Sendable {
        case any([Filter])
        case all([Filter])
        case not(Filter)
        case exists(JSONPathQuery)
        case comparison(Operand, Comparison, Operand)
    }

    /// One side of a comparison.
    enum Operand: Sendable {
        case literal(JSONValue)
        /// A singular query: it selects one value or none.
        case query(JSONPathQuery)
    }

    enum Comparison: String, Sendable, CaseIterable {
        // In the order in which they are looked for: a longer one before its beginning.
        case equal = "=="
        case notEqual = "!="
        case lessOrEqual = "<="
        case greaterOrEqual = ">="
        case less = "<"
        case greater = ">"
    }

    let start: Start
    let segments: [Segment]
    /// Whether it is made of single names and indexes, so that it selects at most one value.
    let isSingular: Bool

    init(start: Start, segments: [Segment]) {
        self.start = start
        self.segments = segments
        isSingular = segments.allSatisfy { segment in
            guard !segment.isDescendant, segment.selectors.count == 1 else { return false }
            return switch segment.selectors[0] {
            case .name, .index: true
            case .wildcard, .slice, .filter: false
            }
        }
    }

    /// The queries that lead to each value of which the segments take all, a slice or a choice.
    var lists: [JSONPathQuery] {
        segments.indices.compactMap { index in
            let segment = segments[index]
            guard !segment.isDescendant, segment.selectors.count == 1 else { return nil }
            switch segment.selectors[0] {
            case .name, .index: return nil
            case .wildcard, .slice, .filter:
                return JSONPathQuery(start: start, segments: Array(segments.prefix(index)))
            }
        }
    }
}
