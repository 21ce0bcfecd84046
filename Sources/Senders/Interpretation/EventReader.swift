import Foundation
import Offboarding

/// Reads one event.
struct EventReader {
    let reading: BodyReading
    let event: JSONNode
    let body: NestedJSON.Unpacked

    private var rule: EventRule { reading.rule }

    func departure() throws(EventTrouble) -> Departure {
        guard case .object = event.value else { throw .unresolved("the event is no object") }
        let kind = try kind()
        guard !body.isBroken(for: event) else { throw .unresolved("a text that should hold JSON cannot be read") }
        for condition in rule.when {
            guard try condition.isMet(by: values(condition.place)) else {
                throw .ignored("the condition on \(condition.place) is not met")
            }
        }
        do throws(EventTrouble) {
            guard let email = try email() else { throw .lookup(try lookup(kind)) }
            return Departure(
                kind: kind,
                email: email,
                aliases: try aliases(beside: email),
                effectiveAt: try effectiveAt(),
                occurredAt: try occurredAt()
            )
        } catch {
            guard case .unresolved(let reason) = error else { throw error }
            throw .unnamed(reason, known(kind))
        }
    }

    /// Which kind of event it is.
    func kind() throws(EventTrouble) -> Departure.Kind {
        var types: [String] = []
        for value in try values(rule.type) {
            guard let text = value.scalarText else { throw .unresolved("the type is neither text nor a number") }
            types.append(text)
        }
        // The type may stand in what could not be read.
        if types.isEmpty, body.isBroken(for: event) {
            throw .unresolved("the event has no type, and a text that should hold JSON cannot be read")
        }
        return try rule.kind(of: types)
    }

    /// The email; `nil` where no path has one.
    private func email() throws(EventTrouble) -> EmailAddress? {
        for path in rule.email {
            var emails: [EmailAddress] = []
            for text in try texts(path, "email") {
                let email = try Self.email(text, "email")
                if !emails.contains(email) { emails.append(email) }
                guard emails.count == 1 else { throw .unresolved("\(path) holds two different emails") }
            }
            if let email = emails.first { return email }
        }
        return nil
    }

    func aliases(beside email: EmailAddress?) throws(EventTrouble) -> [EmailAddress] {
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

    func effectiveAt() throws(EventTrouble) -> Date? {
        guard let path = rule.effectiveAt else { return nil }
        var dates: [Date] = []
        for node in try nodes(path) {
            guard let date = EventTime.date(node.value, unit: rule.timeUnit) else {
                throw .unresolved("the effective time cannot be read")
            }
            if !dates.contains(date) { dates.append(date) }
        }
        guard dates.count <= 1 else { throw .unresolved("the event has two different effective times") }
        return dates.first
    }

    /// Only orders events: what cannot be read counts as absent, and arrival orders them.
    func occurredAt() throws(EventTrouble) -> Date? {
        guard let path = rule.occurredAt, let node = try nodes(path).first else { return nil }
        return EventTime.date(node.value, unit: rule.timeUnit)
    }

    private func values(_ place: EventRule.Place) throws(EventTrouble) -> [JSONValue] {
        switch place {
        case .path(let path): return try nodes(path).map(\.value)
        case .header(let name): return try reading.header(name).map { [.string($0)] } ?? []
        case .namesOf(let path):
            var names: [JSONValue] = []
            for node in try nodes(path) {
                guard case .object(let members) = node.value else { throw .unresolved("\(path) is no object") }
                names += members.map { .string($0.name) }
            }
            return names
        }
    }

    /// What a path selects, without `null`.
    func nodes(_ path: JSONPath) throws(EventTrouble) -> [JSONNode] {
        try select(path.query, path).filter { !$0.value.isNull }
    }

    private func select(_ query: JSONPathQuery, _ path: JSONPath) throws(EventTrouble) -> [JSONNode] {
        do { return try reading.nodes(query, in: event, of: body.root) } catch {
            throw .unresolved("\(path) \(error)")
        }
    }

    /// The texts of a path. A list that is no list is wrong, not empty: whoever is named in it must not be overlooked.
    private func texts(_ path: JSONPath, _ name: String) throws(EventTrouble) -> [String] {
        for list in path.lists {
            for node in try select(list, path) where node.value.scalarText != nil {
                throw .unresolved("the \(name) is no list")
            }
        }
        let nodes = try nodes(path)
        var texts: [String] = []
        for node in nodes {
            guard case .string(let text) = node.value else { throw .unresolved("the \(name) is no text") }
            texts.append(text)
        }
        if !texts.isEmpty { try refuseOthers(nodes, name) }
        return texts
    }

    /// Refuses what stands at a place of somebody else.
    func refuseOthers(_ found: [JSONNode], _ name: String) throws(EventTrouble) {
        for path in rule.never {
            let others = try select(path.query, path)
            do { try reading.spend(found.count * others.count) } catch { throw .unresolved("\(path) \(error)") }
            let isOther = found.contains { node in
                others.contains { JSONLocation.isInside(node.location, $0.location) }
            }
            if isOther { throw .unresolved("the \(name) is at a place that is never the leaver") }
        }
    }

    private static func email(_ text: String, _ name: String) throws(EventTrouble) -> EmailAddress {
        do { return try EmailAddress(text) } catch {
            throw .unresolved("the \(name) cannot be used: \(error.rawValue)")
        }
    }
}
