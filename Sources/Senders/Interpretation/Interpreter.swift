import Offboarding

/// Reads departures out of bodies by a sender's ``EventRule``, rule 1 to the letter.
///
/// Pure: the same body gives the same interpretation. One bad event never drops the others.
public struct Interpreter: Sendable {
    /// The most events read from one body; a body with more is unresolved as a whole.
    public static let mostEvents = 10_000

    private let rule: EventRule

    public init(_ rule: EventRule) { self.rule = rule }

    /// Reads a body that has been verified and stored.
    public func interpret(body: [UInt8]) -> Interpretation {
        var interpretation = Interpretation()
        switch rule.format {
        case .json:
            interpret(document: body, place: "the body", into: &interpretation)
        case .ndjson:
            let lines = body.split(separator: UInt8(ascii: "\n")).filter { line in
                !line.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
            }
            guard lines.count <= Self.mostEvents else {
                interpretation.unresolved.append("the body holds more than \(Self.mostEvents) lines")
                return interpretation
            }
            if lines.isEmpty { interpretation.unresolved.append("the body is empty") }
            for (index, line) in lines.enumerated() {
                interpret(document: Array(line), place: "line \(index + 1)", into: &interpretation)
            }
        case .form:
            do {
                interpret(try FormBody.value(of: body, json: rule.formJSON), place: "the body", into: &interpretation)
            } catch { interpretation.unresolved.append("the body: \(error)") }
        }
        return interpretation
    }

    private func interpret(document: [UInt8], place: String, into interpretation: inout Interpretation) {
        do {
            interpret(try JSONValue(parsing: document), place: place, into: &interpretation)
        } catch { interpretation.unresolved.append("\(place): \(error)") }
    }

    private func interpret(_ body: JSONValue, place: String, into interpretation: inout Interpretation) {
        let events = rule.each.values(in: body, body: body).filter { !$0.isNull }.flatMap { value in
            if case .array(let items) = value { items } else { [value] }
        }
        guard events.count <= Self.mostEvents else {
            interpretation.unresolved.append("\(place) holds more than \(Self.mostEvents) events")
            return
        }
        if events.isEmpty {
            interpretation.add(place) { () throws(EventTrouble) in try nobody(in: body) }
        }
        for (index, event) in events.enumerated() {
            interpretation.add(events.count == 1 ? place : "\(place), event \(index + 1)") { () throws(EventTrouble) in
                try EventReader(rule: rule, event: event, body: body).departure()
            }
        }
    }

    /// A body without events is ignored only when its own type says that it is about something else.
    private func nobody(in body: JSONValue) throws(EventTrouble) -> Departure {
        if rule.type.isOfWholeBody { _ = try EventReader(rule: rule, event: body, body: body).kind() }
        throw .unresolved("names nobody")
    }
}

extension Interpretation {
    fileprivate mutating func add(_ place: String, _ read: () throws(EventTrouble) -> Departure) {
        do {
            departures.append(try read())
        } catch {
            switch error {
            case .ignored(let reason): ignored.append("\(place): \(reason)")
            case .unresolved(let reason): unresolved.append("\(place): \(reason)")
            }
        }
    }
}
