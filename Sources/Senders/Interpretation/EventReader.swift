import Foundation
import Offboarding

/// Why an event gives no departure. The texts never hold an email.
enum EventTrouble: Error {
    /// It is about something else.
    case ignored(String)
    /// It may be about a departure, and is not as it should be (rule 1).
    case unresolved(String)
}

/// Reads one event.
struct EventReader {
    let rule: EventRule
    let event: JSONValue
    let body: JSONValue

    func departure() throws(EventTrouble) -> Departure {
        guard case .object = event else { throw .unresolved("the event is no object") }
        let kind = try kind()
        for condition in rule.when {
            let isMet = values(condition.path).contains { value in condition.equals.contains { Self.matches(value, $0) }
            }
            guard isMet else { throw .ignored("the condition on \(condition.path) is not met") }
        }
        let email = try email()
        return Departure(
            kind: kind,
            email: email,
            aliases: try aliases(beside: email),
            effectiveAt: try effectiveAt(),
            occurredAt: occurredAt()
        )
    }

    /// Which kind of event it is.
    func kind() throws(EventTrouble) -> Departure.Kind {
        var types: [String] = []
        for value in values(rule.type) {
            guard let text = value.scalarText else { throw .unresolved("the type is neither text nor a number") }
            if !types.contains(where: { Self.areSame($0, text) }) { types.append(text) }
        }
        guard let type = types.first else { throw .ignored("the event has no type") }
        guard types.count == 1 else { throw .unresolved("the event has several types") }
        if rule.departed.contains(where: { Self.areSame($0, type) }) { return .departed }
        if rule.reinstated.contains(where: { Self.areSame($0, type) }) { return .reinstated }
        throw .ignored("the type\(Self.shown(type)) is neither departed nor reinstated")
    }

    private func email() throws(EventTrouble) -> EmailAddress {
        for path in rule.email {
            var emails: [EmailAddress] = []
            for text in try texts(path, "email") {
                let email = try Self.email(text, "email")
                if !emails.contains(email) { emails.append(email) }
            }
            guard let email = emails.first else { continue }
            guard emails.count == 1 else { throw .unresolved("\(path) holds two different emails") }
            return email
        }
        throw .unresolved("the event has no email")
    }

    private func aliases(beside email: EmailAddress) throws(EventTrouble) -> [EmailAddress] {
        var aliases: [EmailAddress] = []
        for path in rule.aliases {
            for text in try texts(path, "alias") {
                let alias = try Self.email(text, "alias")
                if alias != email, !aliases.contains(alias) { aliases.append(alias) }
                guard aliases.count <= Departure.mostAliases else {
                    throw .unresolved("the event has more than \(Departure.mostAliases) aliases")
                }
            }
        }
        return aliases
    }

    private func effectiveAt() throws(EventTrouble) -> Date? {
        guard let path = rule.effectiveAt else { return nil }
        var dates: [Date] = []
        for value in values(path) {
            guard case .string(let text) = value, let date = InternetTimestamp.date(text) else {
                throw .unresolved("the effective time cannot be read")
            }
            if !dates.contains(date) { dates.append(date) }
        }
        guard dates.count <= 1 else { throw .unresolved("the event has two different effective times") }
        return dates.first
    }

    /// Only orders events: what cannot be read counts as absent, and arrival orders them.
    private func occurredAt() -> Date? {
        guard let path = rule.occurredAt, case .string(let text)? = values(path).first else { return nil }
        return InternetTimestamp.date(text)
    }

    private func values(_ path: JSONPath) -> [JSONValue] {
        path.values(in: event, body: body).filter { !$0.isNull }
    }

    /// The texts of a path. A list that is no list is wrong, not empty: whoever is named in it must not be overlooked.
    private func texts(_ path: JSONPath, _ name: String) throws(EventTrouble) -> [String] {
        for parent in path.beforeLastWildcard.map(values) ?? [] where parent.scalarText != nil {
            throw .unresolved("the \(name) is no list")
        }
        var texts: [String] = []
        for value in values(path) {
            guard case .string(let text) = value else { throw .unresolved("the \(name) is no text") }
            texts.append(text)
        }
        return texts
    }

    private static func email(_ text: String, _ name: String) throws(EventTrouble) -> EmailAddress {
        do { return try EmailAddress(text) } catch {
            throw .unresolved("the \(name) cannot be used: \(error.rawValue)")
        }
    }

    /// Texts byte for byte; booleans also where the sender writes them as text, in any case.
    private static func matches(_ value: JSONValue, _ expected: String) -> Bool {
        guard let text = value.scalarText else { return false }
        if areSame(text, expected) { return true }
        let isBoolean = expected == "true" || expected == "false"
        return isBoolean && text.utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 } == Array(expected.utf8)
    }

    private static func areSame(_ left: String, _ right: String) -> Bool { left.utf8.elementsEqual(right.utf8) }

    /// A type as it may be shown: one that could be anything else, such as an email, is not.
    private static func shown(_ type: String) -> String {
        let isPlain = type.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || "._-:/".utf8.contains(byte)
        }
        return isPlain && type.utf8.count <= 64 ? " \(type)" : ""
    }
}
