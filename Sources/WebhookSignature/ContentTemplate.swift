/// What a sender signs: `{id}`, `{timestamp}`, `{body}` and literal text, such as `{id}.{timestamp}.{body}`.
public struct ContentTemplate: Sendable, Equatable, CustomStringConvertible {
    public enum Piece: Sendable, Equatable {
        case literal(String)
        case id, timestamp, body
    }

    /// Why a text is no template. The message is meant for whoever wrote the configuration.
    public struct Problem: Error, Equatable, CustomStringConvertible {
        public let description: String
    }

    /// The body and nothing else.
    public static let body = ContentTemplate(pieces: [.body])

    public let pieces: [Piece]

    private init(pieces: [Piece]) { self.pieces = pieces }

    /// Reads a template.
    ///
    /// - Throws: ``Problem`` for an unknown placeholder, a brace without its partner, a placeholder that comes twice, and
    ///   a template without `{body}`, which would sign nothing that matters.
    public init(_ text: String) throws(Problem) {
        var pieces: [Piece] = []
        var literal = ""
        var rest = text[...]
        while let character = rest.popFirst() {
            if character == "}" { throw Problem(description: "'}' has no '{' before it") }
            guard character == "{" else {
                literal.append(character)
                continue
            }
            guard let end = rest.firstIndex(of: "}") else { throw Problem(description: "'{' has no '}' after it") }
            if !literal.isEmpty { pieces.append(.literal(literal)) }
            literal = ""
            let name = rest[..<end]
            rest = rest[rest.index(after: end)...]
            let piece: Piece
            switch name {
            case "id": piece = .id
            case "timestamp": piece = .timestamp
            case "body": piece = .body
            default: throw Problem(description: "'{\(name)}' is none of {id}, {timestamp} and {body}")
            }
            if pieces.contains(piece) { throw Problem(description: "'{\(name)}' comes twice") }
            pieces.append(piece)
        }
        if !literal.isEmpty { pieces.append(.literal(literal)) }
        guard pieces.contains(.body) else {
            throw Problem(description: "lacks {body}, so the body would not be signed")
        }
        self.pieces = pieces
    }

    public var signsID: Bool { pieces.contains(.id) }
    public var signsTimestamp: Bool { pieces.contains(.timestamp) }

    /// Bytes that an id must not hold, because they join it to what follows.
    ///
    /// With `{id}.{timestamp}.{body}`, the ids `a` and `a.1` could be made to sign the same bytes for two different
    /// requests.
    var bytesForbiddenInID: [UInt8] {
        var forbidden: [UInt8] = []
        if joinsWithDots { forbidden.append(UInt8(ascii: ".")) }
        if let index = pieces.firstIndex(of: .id), index + 1 < pieces.count, case .literal(let text) = pieces[index + 1]
        {
            forbidden += Array(text.utf8)
        }
        return forbidden
    }

    private var joinsWithDots: Bool {
        pieces.contains { piece in
            if case .literal(let text) = piece { return text.utf8.contains(UInt8(ascii: ".")) }
            return false
        }
    }

    public var description: String {
        pieces.map { piece in
            switch piece {
            case .literal(let text): text
            case .id: "{id}"
            case .timestamp: "{timestamp}"
            case .body: "{body}"
            }
        }.joined()
    }
}
