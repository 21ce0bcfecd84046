/// Reads a JSONPath by the grammar of RFC 9535, section 2.
struct JSONPathParser {
    /// The largest index, that of interoperable JSON numbers (RFC 7493, section 2.2).
    private static let largestIndex = 9_007_199_254_740_991

    let scalars: [Unicode.Scalar]
    var position = 0
    /// How many filters, parentheses and queries stand around the present place.
    var depth = 0

    init(_ text: String) throws(JSONPath.Problem) {
        scalars = Array(text.unicodeScalars.prefix(JSONPath.longest + 1))
        guard scalars.count <= JSONPath.longest else {
            throw problem("it is longer than \(JSONPath.longest) characters")
        }
    }

    /// The whole text as one path.
    mutating func path() throws(JSONPath.Problem) -> JSONPathQuery {
        guard peek == "$" else { throw problem("a path begins with $") }
        let query = try query()
        guard position == scalars.count else { throw problem("'.' or '[' is expected") }
        return query
    }

    /// A query that begins here, as far as it goes.
    mutating func query() throws(JSONPath.Problem) -> JSONPathQuery {
        try enter()
        defer { depth -= 1 }
        let start: JSONPathQuery.Start
        if take("@") {
            start = .current
        } else {
            guard take("$") else { throw problem("$ or @ is expected") }
            start = take("$") ? .body : .event
        }
        var segments: [JSONPathQuery.Segment] = []
        while true {
            let end = position
            skipBlanks()
            guard peek == "." || peek == "[" else {
                // Blanks belong to a query only where a segment follows.
                position = end
                return JSONPathQuery(start: start, segments: segments)
            }
            segments.append(try segment())
        }
    }

    /// Counts a level of nesting; whoever calls it must take it back.
    mutating func enter() throws(JSONPath.Problem) {
        guard depth < JSONPath.deepest else { throw problem("it is nested more than \(JSONPath.deepest) deep") }
        depth += 1
    }

    private mutating func segment() throws(JSONPath.Problem) -> JSONPathQuery.Segment {
        if take("[") { return .init(selectors: try bracketed(), isDescendant: false) }
        guard take(".") else { throw problem("'.' or '[' is expected") }
        let isDescendant = take(".")
        if isDescendant, take("[") { return .init(selectors: try bracketed(), isDescendant: true) }
        if take("*") { return .init(selectors: [.wildcard], isDescendant: isDescendant) }
        return .init(selectors: [.name(try shorthandName())], isDescendant: isDescendant)
    }

    private mutating func shorthandName() throws(JSONPath.Problem) -> String {
        var name = String.UnicodeScalarView()
        while let scalar = peek {
            let isLetter = scalar == "_" || (scalar.isASCII ? scalar.properties.isAlphabetic : true)
            guard isLetter || (!name.isEmpty && ("0"..."9").contains(scalar)) else { break }
            name.append(scalar)
            position += 1
        }
        guard !name.isEmpty else { throw problem("a name is expected; others than letters, digits and _ need ['…']") }
        return String(name)
    }

    private mutating func bracketed() throws(JSONPath.Problem) -> [JSONPathQuery.Selector] {
        var selectors: [JSONPathQuery.Selector] = []
        repeat {
            skipBlanks()
            selectors.append(try selector())
            skipBlanks()
        } while take(",")
        guard take("]") else { throw problem("']' is expected") }
        return selectors
    }

    private mutating func selector() throws(JSONPath.Problem) -> JSONPathQuery.Selector {
        switch peek {
        case "*":
            position += 1
            return .wildcard
        case "'", "\"": return .name(try quotedText())
        case "?":
            position += 1
            skipBlanks()
            return .filter(try filter())
        case ":": return try slice(from: nil)
        default:
            let index = try index()
            let end = position
            skipBlanks()
            if peek == ":" { return try slice(from: index) }
            position = end
            return .index(index)
        }
    }

    /// What follows the first index of a slice, beginning with its colon.
    private mutating func slice(from start: Int?) throws(JSONPath.Problem) -> JSONPathQuery.Selector {
        _ = take(":")
        skipBlanks()
        let end = try optionalIndex()
        skipBlanks()
        guard take(":") else { return .slice(start: start, end: end, step: 1) }
        skipBlanks()
        return .slice(start: start, end: end, step: try optionalIndex() ?? 1)
    }

    private mutating func optionalIndex() throws(JSONPath.Problem) -> Int? {
        guard let peek, peek == "-" || ("0"..."9").contains(peek) else { return nil }
        return try index()
    }

    private mutating func index() throws(JSONPath.Problem) -> Int {
        let isNegative = take("-")
        let digits = digits()
        guard let number = Int(digits), number <= Self.largestIndex, digits == String(number),
            !(isNegative && number == 0)
        else { throw problem("an index, a name in quotes, *, a slice or ?… is expected") }
        return isNegative ? -number : number
    }

    mutating func digits() -> String {
        var digits = ""
        while let scalar = peek, ("0"..."9").contains(scalar) {
            digits.unicodeScalars.append(scalar)
            position += 1
        }
        return digits
    }

    var peek: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard peek == scalar else { return false }
        position += 1
        return true
    }

    /// Takes a text as a whole, or nothing of it.
    mutating func take(all text: String) -> Bool {
        let wanted = text.unicodeScalars
        guard scalars[position...].starts(with: wanted) else { return false }
        position += wanted.count
        return true
    }

    mutating func skipBlanks() {
        while let scalar = peek, [" ", "\t", "\n", "\r"].contains(scalar) { position += 1 }
    }

    func problem(_ message: String) -> JSONPath.Problem {
        JSONPath.Problem(description: "is no path that can be read: \(message), at character \(position + 1)")
    }
}
