import Presentation
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
        /// An element of which a filter asks that this member is this text.
        case chosen(String, String)
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

    /// Writes what stands at a path as a text that holds it as JSON.
    mutating func nest(_ path: JSONPath) throws(Problem) {
        root = try Self.nest(try Self.steps(of: path).steps, in: root)
    }

    private static func nest(_ steps: [Step], in node: Node) throws(Problem) -> Node {
        guard let first = steps.first else { return .text(output(node).compact) }
        let rest = Array(steps.dropFirst())
        switch (first, node) {
        case (.member(let name), .object(var members)):
            // What no other path leads through is not there.
            guard let index = members.firstIndex(where: { $0.key == name }) else { return node }
            members[index].value = try nest(rest, in: members[index].value)
            return .object(members)
        case (.element, .list(let element)), (.chosen, .list(let element)): return .list(try nest(rest, in: element))
        default: return node
        }
    }

    /// The body in a format that a sender's rules read.
    ///
    /// - Throws: ``Problem`` for a form whose fields would have to hold more than texts, and for a signed token.
    func bytes(as events: EventRule) throws(Problem) -> [UInt8] {
        let json = Array(Self.output(root).compact.utf8)
        switch events.format {
        case .json, .ndjson: return json
        case .set: throw Problem(description: "a token that its issuer signs cannot be made up")
        case .form:
            if let field = events.formJSON { return Array("\(field)=\(Self.escaped(json))".utf8) }
            guard case .object(let members) = root else { throw Problem(description: "a form holds fields only") }
            var fields: [String] = []
            for (key, value) in members {
                guard case .text(let text) = value else {
                    throw Problem(description: "a form's fields hold texts only")
                }
                fields.append("\(Self.escaped(Array(key.utf8)))=\(Self.escaped(Array(text.utf8)))")
            }
            return Array(fields.joined(separator: "&").utf8)
        }
    }

    /// As a form writes it: every byte but letters, digits and `-._` escaped.
    private static func escaped(_ bytes: [UInt8]) -> String {
        bytes.map { byte in
            let scalar = Unicode.Scalar(byte)
            let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || (0x30...0x39).contains(byte))
            if isPlain || "-._".unicodeScalars.contains(scalar) { return String(scalar) }
            let digits = String(byte, radix: 16, uppercase: true)
            return "%" + (digits.count == 1 ? "0" : "") + digits
        }.joined()
    }

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
        case (.chosen(let name, let value), .nothing), (.chosen(let name, let value), .list(.nothing)):
            let element = Node.object([(name, .text(value))])
            return .list(try put(text, at: rest, in: element, path))
        case (.chosen(let name, let value), .list(.object(var members))):
            if !members.contains(where: { $0.key == name }) { members.append((name, .text(value))) }
            return .list(try put(text, at: rest, in: .object(members), path))
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

    /// Reads `$.name`, `$['name']`, `[*]`, `[0]` and `[?@.name=='text']`; `$$` begins at the whole body.
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
                } else if let choice = choice(inside) {
                    steps.append(choice)
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

    /// A filter that asks one member to be one text.
    private static func choice(_ filter: Substring) -> Step? {
        let parts = filter.split(separator: "==", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].hasPrefix("?@."), let quote = parts[1].first, quote == "'" || quote == "\"",
            parts[1].count > 2, parts[1].last == quote
        else { return nil }
        let name = parts[0].dropFirst(3)
        let value = parts[1].dropFirst().dropLast()
        let isPlain = (name + value).allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" || $0 == " " }
        return isPlain ? .chosen(String(name), String(value)) : nil
    }
}

/// A made-up departure as its sender would send it: a body, and headers that say what it is about.
struct SampleDeparture {
    var headers: [(name: String, value: String)] = []
    var body: [UInt8]
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
    ) throws(Problem) -> SampleDeparture {
        let events = sender.events
        guard let type = events.departed.first, let emailPath = events.email.first else {
            throw Problem(description: "the rules name no type or no email")
        }
        var body = try SampleBody(each: events.each)
        var headers: [(name: String, value: String)] = []
        func set(_ place: EventRule.Place, to text: String) throws(Problem) {
            switch place {
            case .path(let path): try body.set(path, to: text)
            case .header(let name): headers.append((name, text))
            case .namesOf(let path): throw Problem(description: "\(path) cannot be written into a made-up body")
            }
        }
        try set(events.type, to: type)
        try body.set(emailPath, to: email)
        for condition in events.when {
            // What must not be something need not be there.
            guard case .equals(let values) = condition.comparison, let value = values.first else { continue }
            try set(condition.place, to: value)
        }
        if let occurredAt = events.occurredAt, events.timeUnit == nil { try body.set(occurredAt, to: now) }
        if case .path(let path)? = sender.id { try body.set(path, to: id, from: .body) }
        if case .path(let path)? = sender.credential?.place, let credential {
            try body.set(path, to: credential, from: .body)
        }
        for path in events.nestedJSON.reversed() { try body.nest(path) }
        return SampleDeparture(headers: headers, body: try body.bytes(as: events))
    }
}
