import Offboarding

extension EventRule {
    /// Which kind of event has these types.
    func kind(of types: [String]) throws(EventTrouble) -> Departure.Kind {
        guard let type = types.first else { throw .ignored("the event has no type") }
        guard types.allSatisfy({ $0.hasSameBytes(as: type) }) else { throw .unresolved("the event has several types") }
        if departed.contains(where: { $0.hasSameBytes(as: type) }) { return .departed }
        if reinstated.contains(where: { $0.hasSameBytes(as: type) }) { return .reinstated }
        throw .ignored("the type\(Self.shown(type)) is neither departed nor reinstated")
    }

    /// A type as it may be shown: one that could be anything else, such as an email, is not.
    private static func shown(_ type: String) -> String {
        let isPlain = type.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || "._-:/".utf8.contains(byte)
        }
        return isPlain && type.utf8.count <= 64 ? " \(type)" : ""
    }
}

extension EventRule.Place: CustomStringConvertible {
    /// As a message names it.
    public var description: String {
        switch self {
        case .path(let path): path.description
        case .header(let name): "the header \(name)"
        case .namesOf(let path): "the names of \(path)"
        }
    }
}

extension EventRule.Place {
    /// Whether it is the same for all events of a body.
    var isOfWholeBody: Bool {
        switch self {
        case .path(let path), .namesOf(let path): path.isOfWholeBody
        case .header: true
        }
    }
}

extension EventRule.Condition {
    /// Whether values, none of them `null`, meet the condition.
    func isMet(by values: [JSONValue]) throws(EventTrouble) -> Bool {
        switch comparison {
        case .equals(let expected):
            return values.contains { value in expected.contains { Self.matches(value, $0) } }
        case .notEquals(let excluded):
            // A list that holds the excluded text is not equal to it, and still means it.
            guard values.allSatisfy({ $0.scalarText != nil }) else {
                throw .unresolved("\(place) is neither text, nor a number, nor true or false")
            }
            return !values.contains { value in excluded.contains { Self.matches(value, $0) } }
        }
    }

    /// Texts byte for byte; booleans also where the sender writes them as text, in any case.
    private static func matches(_ value: JSONValue, _ expected: String) -> Bool {
        guard let text = value.scalarText else { return false }
        if text.hasSameBytes(as: expected) { return true }
        let isBoolean = expected == "true" || expected == "false"
        return isBoolean && text.utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 } == Array(expected.utf8)
    }
}
