import Senders

/// Builds a JSON body in which simple paths lead to given texts: how a made-up departure of any sender is written.
struct SampleBody {
    /// Why a path cannot be written: it selects, where it would have to say what is there.
    struct Problem: Error, Equatable, CustomStringConvertible {
        let description: String
    }

    enum Beginning {
        case event, body
    }

    private indirect enum Node {
        case nothing
        case text(String)
        case object([(key: String, value: Node)])
        case list(Node)
    }

    private enum Step: Equatable {
        case member(String)
        /// Any element, or the first one.
        case element
    }

    private var root = Node.nothing
    /// The way from the whole body to the one event.
    private let event: [Step]

    /// - Parameter each: the path of the events.
    init(each: JSONPath) throws(Problem) { event = try Self.steps(of: each).steps }

    /// Puts a text where a path leads.
    ///
    /// - Parameter begins: whether `$` is the one event, as in the rules for events, or the whole body.
    mutating func set(_ path: JSONPath, to text: String, from begins: Beginning = .event) throws(Problem) {
        let (isOfWholeBody, steps) = try Self.steps(of: path)
        let before = begins == .body || isOfWholeBody ? [] : event
        root = try Self.put(text, at: before + steps, in: root, path)
    }

    /// The body as compact JSON.
    var bytes: [UInt8] { Array(Self.output(root).compact.utf8) }

    private static func put(_ text: String, at steps: [Step], in node: Node, _ path: JSONPath) throws(Problem) -> Node {
        guard let first = steps.first else {
            if case .nothing = node { return .text(text) }
            throw Problem(description: "\(path) leads where another value is needed")
        }
        let rest = Array(steps.dropFirst())
        switch (first, node) {
        case (.member(let name), .nothing):
            return .object([(name, try put(text, at: rest, in: .nothing, path))])
        case (.member(let name), .object(var members)):
            if let index = members.firstIndex(where: { $0.key == name }) {
                members[index].value = try put(text, at: rest, in: members[index].value, path)
            } else {
                members.append((name, try put(text, at: rest, in: .nothing, path)))
            }
            return .object(members)
        case (.element, .nothing): return .list(try put(text, at: rest, in: .nothing, path))
        case (.element, .list(let element)): return .list(try put(text, at: rest, in: element, path))
        default: throw Problem(description: "\(path) leads where another value is needed")
        }
    }

    private static func output(_ node: Node) -> JSONOutput {
        switch node {
        case .nothing: .object([])
        case .text(let text): .text(text)
        case .object(let members): .object(members.map { ($0.key, output($0.value)) })
        case .list(let element): .list([output(element)])
        }
    }

    /// Reads `$.name`, `$['name']`, `[*]` and `[0]`; `$$` begins at the whole body.
    private static func steps(of path: JSONPath) throws(Problem) -> (isOfWholeBody: Bool, steps: [Step]) {
        let problem = Problem(description: "\(path) cannot be written into a made-up body")
        let isOfWholeBody = path.description.hasPrefix("$$")
        var rest = path.description.dropFirst(isOfWholeBody ? 2 : 1)
        var steps: [Step] = []
        while let first = rest.first {
            if first == "." {
                let name = rest.dropFirst().prefix { $0 != "." && $0 != "[" }
                guard !name.isEmpty, name != "*" else { throw problem }
                steps.append(.member(String(name)))
                rest = rest.dropFirst(1 + name.count)
            } else if first == "[", let end = rest.firstIndex(of: "]") {
                let inside = rest[rest.index(after: rest.startIndex)..<end]
                let quotes = inside.prefix(1)
                if inside == "*" || inside == "0" {
                    steps.append(.element)
                } else if inside.count > 2, quotes == "'" || quotes == "\"", inside.hasSuffix(quotes),
                    !inside.contains("\\"), !inside.dropFirst().dropLast().contains(quotes)
                {
                    steps.append(.member(String(inside.dropFirst().dropLast())))
                } else {
                    throw problem
                }
                rest = rest[rest.index(after: end)...]
            } else {
                throw problem
            }
        }
        return (isOfWholeBody, steps)
    }
}

extension SampleBody {
    /// A departure that says what a sender's rules look for.
    ///
    /// - Parameters:
    ///   - credential: the secret that the body must hold, where the sender's bodies hold one.
    ///   - now: RFC 3339.
    /// - Throws: ``Problem`` where the rules are more than this can write.
    static func departure(
        of email: String,
        as sender: Sender,
        id: String,
        credential: String?,
        now: String
    ) throws(Problem) -> [UInt8] {
        let events = sender.events
        guard events.format != .form else {
            throw Problem(description: "a form cannot be made up")
        }
        guard let type = events.departed.first, let emailPath = events.email.first else {
            throw Problem(description: "the rules name no type or no email")
        }
        var body = try SampleBody(each: events.each)
        try body.set(events.type, to: type)
        try body.set(emailPath, to: email)
        for condition in events.when {
            if let value = condition.equals.first { try body.set(condition.path, to: value) }
        }
        if let occurredAt = events.occurredAt { try body.set(occurredAt, to: now) }
        if case .path(let path)? = sender.id { try body.set(path, to: id, from: .body) }
        if case .path(let path)? = sender.credential?.place, let credential {
            try body.set(path, to: credential, from: .body)
        }
        return body.bytes
    }
}
