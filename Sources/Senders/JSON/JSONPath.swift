/// A JSONPath (RFC 9535) of names, indexes and wildcards.
///
/// `$` is the event that the path is asked of; `$$` is the whole body. Filters, slices and descendants are refused with a
/// message that says so.
public struct JSONPath: Sendable, CustomStringConvertible {
    /// Why a text is no path. The message is meant for whoever wrote the configuration.
    public struct Problem: Error, Sendable, Equatable, CustomStringConvertible {
        public let description: String
    }

    enum Selector: Sendable {
        case name(String)
        /// Counted from the end where negative.
        case index(Int)
        case wildcard
    }

    /// The path as it was written.
    public let description: String
    let isOfWholeBody: Bool
    let segments: [[Selector]]

    /// Reads a path.
    public init(_ text: String) throws(Problem) {
        var parser = JSONPathParser(text)
        (isOfWholeBody, segments) = try parser.path()
        description = text
    }

    /// The event itself.
    public static let event = JSONPath(description: "$", isOfWholeBody: false, segments: [])

    private init(description: String, isOfWholeBody: Bool, segments: [[Selector]]) {
        self.description = description
        self.isOfWholeBody = isOfWholeBody
        self.segments = segments
    }

    /// The path without its last wildcard; `nil` where it does not end in one.
    var beforeLastWildcard: JSONPath? {
        guard let last = segments.last, last.count == 1, case .wildcard = last[0] else { return nil }
        return JSONPath(description: description, isOfWholeBody: isOfWholeBody, segments: segments.dropLast())
    }

    /// The values that the path selects, in its order; empty where there are none.
    public func values(in event: JSONValue, body: JSONValue) -> [JSONValue] {
        var values = [isOfWholeBody ? body : event]
        for segment in segments {
            values = values.flatMap { value in segment.flatMap { Self.children(of: value, $0) } }
        }
        return values
    }

    private static func children(of value: JSONValue, _ selector: Selector) -> [JSONValue] {
        switch (selector, value) {
        case (.name(let name), .object): return value[name].map { [$0] } ?? []
        case (.index(let index), .array(let items)):
            let position = index < 0 ? items.count + index : index
            return items.indices.contains(position) ? [items[position]] : []
        case (.wildcard, .array(let items)): return items
        case (.wildcard, .object(let members)): return members.map(\.value)
        default: return []
        }
    }
}
