/// A JSONPath (RFC 9535), whole but for functions.
///
/// `$` is the event that the path is asked of; `$$`, which is ours, is the whole body. Both stand for the same inside of
/// filters. A path that calls a function is refused when it is read.
///
/// No path runs away: its text is bounded by ``longest``, its nesting by ``deepest``, and what it visits by
/// ``mostSteps``.
public struct JSONPath: Sendable, CustomStringConvertible {
    /// Why a text is no path. The message is meant for whoever wrote the configuration.
    public struct Problem: Error, Sendable, Equatable, CustomStringConvertible {
        public let description: String
    }

    /// Why a path selects nothing that could be relied on. Holds nothing of the body.
    public struct Trouble: Error, Sendable, Equatable, CustomStringConvertible {
        public enum Code: String, Sendable {
            case tooManySteps = "visits more of the body than is allowed"
            case exponentTooLarge = "meets a number whose exponent has more than 15 digits"
        }

        public let code: Code

        public var description: String { code.rawValue }
    }

    /// The longest text of a path, in Unicode scalars; the longest in a known sender's rules has about 100.
    public static let longest = 4096
    /// How deep filters, parentheses and queries stand in one another, at most.
    public static let deepest = 32
    /// The most steps of one path on one body. A step is a value that is visited, eight names of an object that are
    /// compared, or 32 bytes of texts that are.
    public static let mostSteps = 1_000_000
    /// The most steps of all paths on one body together, so that ten thousand events cannot multiply ``mostSteps``.
    public static let mostStepsOfBody = 10_000_000

    /// The path as it was written.
    public let description: String
    let query: JSONPathQuery
    /// The queries that lead to what a wildcard, a slice or a filter of this path takes apart.
    let lists: [JSONPathQuery]

    /// Reads a path.
    public init(_ text: String) throws(Problem) {
        var parser = try JSONPathParser(text)
        query = try parser.path()
        lists = query.lists
        description = text
    }

    /// The event itself.
    public static let event = JSONPath(query: JSONPathQuery(start: .event, segments: []), description: "$")

    private init(query: JSONPathQuery, description: String) {
        self.query = query
        self.description = description
        lists = []
    }

    var isOfWholeBody: Bool { query.start == .body }

    /// The values that the path selects, in its order; empty where there are none, and where the path would go past a
    /// bound: for a caller to whom a value that is missing and one that cannot be reached are the same refusal.
    public func values(in event: JSONValue, body: JSONValue) -> [JSONValue] {
        do { return try select(in: event, body: body) } catch { return [] }
    }

    /// The values that the path selects, in its order; empty where there are none.
    ///
    /// - Throws: ``Trouble`` where the path goes past a bound.
    public func select(in event: JSONValue, body: JSONValue) throws(Trouble) -> [JSONValue] {
        var evaluator = JSONPathEvaluator(
            event: JSONNode(value: event, location: nil),
            body: JSONNode(value: body, location: nil),
            isLocating: false,
            stepsLeft: Self.mostSteps
        )
        return try evaluator.nodes(query).map(\.value)
    }
}
