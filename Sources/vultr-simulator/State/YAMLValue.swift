import Yams

/// One value of a YAML document (JSON is read as the YAML that it is), strict about types, with its place for messages.
struct YAMLValue {
    let node: Node
    /// The document's name in messages.
    let file: String
    /// Where the value stands, such as `keys[0].secret`; empty for the whole document.
    let place: String

    /// Reads a whole document.
    ///
    /// - Throws: ``StateError`` for text that is no YAML, for a repeated key among others.
    static func document(_ text: String, file: String) throws(StateError) -> YAMLValue {
        do {
            guard let node = try Yams.compose(yaml: text) else {
                throw StateError(file: file, line: 0, message: "the document is empty")
            }
            return YAMLValue(node: node, file: file, place: "")
        } catch let error as StateError {
            throw error
        } catch {
            throw StateError(file: file, line: 0, message: "not YAML: \(error)")
        }
    }

    func error(_ message: String) -> StateError {
        StateError(
            file: file,
            line: node.mark?.line ?? 0,
            message: place.isEmpty ? message : "\(place): \(message)"
        )
    }

    /// Whether the value is an unquoted `null`, `~` or nothing at all; then it counts as left out.
    var isNull: Bool {
        guard let scalar = node.scalar, scalar.style == .plain || scalar.style == .any else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }

    var isMapping: Bool { node.mapping != nil }
    var isList: Bool { node.sequence != nil }

    /// Any scalar, as it is written.
    func text() throws(StateError) -> String {
        guard let scalar = node.scalar else { throw error("must be text") }
        return scalar.string
    }

    /// A whole number of at least `minimum`.
    func integer(minimum: Int = 0) throws(StateError) -> Int {
        guard let number = Int(try text()), number >= minimum else {
            throw error("must be a whole number of at least \(minimum)")
        }
        return number
    }

    func boolean() throws(StateError) -> Bool {
        switch try text() {
        case "true": return true
        case "false": return false
        default: throw error("must be true or false")
        }
    }

    /// One of `choices`, as written.
    func choice(_ choices: [String]) throws(StateError) -> String {
        let text = try text()
        guard choices.contains(text) else { throw error("must be one of: \(choices.joined(separator: ", "))") }
        return text
    }

    func choice<Choice: RawRepresentable & CaseIterable>(_: Choice.Type) throws(StateError) -> Choice
    where Choice.RawValue == String {
        guard let choice = Choice(rawValue: try choice(Choice.allCases.map(\.rawValue))) else {
            throw error("is no known choice")
        }
        return choice
    }

    /// A duration: a number and `ms`, `s`, `m` or `h`.
    func duration() throws(StateError) -> Duration {
        let text = try text()
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int64(digits) else { throw error("must be a duration such as 250ms, 5s or 1m") }
        switch text.dropFirst(digits.count) {
        case "ms": return .milliseconds(number)
        case "s": return .seconds(number)
        case "m": return .seconds(number * 60)
        case "h": return .seconds(number * 3600)
        default: throw error("must be a duration such as 250ms, 5s or 1m")
        }
    }

    func list() throws(StateError) -> [YAMLValue] {
        guard let sequence = node.sequence else { throw error("must be a list") }
        return sequence.enumerated().map { index, node in
            YAMLValue(node: node, file: file, place: "\(place)[\(index)]")
        }
    }

    /// A mapping whose keys are all among `keys`; any other key is an error at its own line.
    func mapping(_ keys: [String]) throws(StateError) -> YAMLMapping {
        let all = try entries()
        var fields: [String: YAMLValue] = [:]
        for (key, name, value) in all {
            guard keys.contains(name) else {
                throw key.error("unknown key `\(name)`; known here: \(keys.joined(separator: ", "))")
            }
            if !value.isNull { fields[name] = value }
        }
        return YAMLMapping(value: self, fields: fields)
    }

    /// A mapping with free keys, in the order of the document: the key's own place, its text, and its value.
    func entries() throws(StateError) -> [(key: YAMLValue, name: String, value: YAMLValue)] {
        guard let mapping = node.mapping else { throw error("must be a mapping") }
        var entries: [(key: YAMLValue, name: String, value: YAMLValue)] = []
        for (key, value) in mapping {
            let keyValue = YAMLValue(node: key, file: file, place: place)
            let name = try keyValue.text()
            let inner = place.isEmpty ? name : "\(place).\(name)"
            entries.append((keyValue, name, YAMLValue(node: value, file: file, place: inner)))
        }
        return entries
    }
}

/// The fields of a mapping; those that are null are left out.
struct YAMLMapping {
    let value: YAMLValue
    let fields: [String: YAMLValue]

    subscript(key: String) -> YAMLValue? { fields[key] }

    func required(_ key: String) throws(StateError) -> YAMLValue {
        guard let field = fields[key] else { throw value.error("`\(key)` is missing") }
        return field
    }
}
