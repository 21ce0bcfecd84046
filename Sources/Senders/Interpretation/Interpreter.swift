public import Offboarding

/// Reads departures out of bodies by a sender's ``EventRule``, rule 1 to the letter.
///
/// Pure: the same body gives the same interpretation. One bad event never drops the others.
public struct Interpreter: DeliveryInterpreter {
    /// The most events read from one body; a body with more is unresolved as a whole.
    public static let mostEvents = 10_000

    private let rule: EventRule

    public init(_ rule: EventRule) { self.rule = rule }

    public func interpret(_ delivery: Delivery) -> Interpretation { interpret(body: delivery.body) }

    /// Reads a body that has been verified and stored.
    public func interpret(body: [UInt8]) -> Interpretation {
        var reading = Reading()
        switch rule.format {
        case .json:
            interpret(document: body, place: "the body", into: &reading)
        case .ndjson:
            let lines = body.split(separator: UInt8(ascii: "\n")).filter { line in
                !line.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
            }
            guard lines.count <= Self.mostEvents else {
                reading.fail("the body holds more than \(Self.mostEvents) lines")
                return reading.interpretation
            }
            if lines.isEmpty { reading.fail("the body is empty") }
            for (index, line) in lines.enumerated() {
                interpret(document: Array(line), place: "line \(index + 1)", into: &reading)
            }
        case .form:
            do {
                interpret(try FormBody.value(of: body, json: rule.formJSON), place: "the body", into: &reading)
            } catch { reading.fail("the body: \(error)") }
        }
        return reading.interpretation
    }

    private func interpret(document: [UInt8], place: String, into reading: inout Reading) {
        do {
            interpret(try JSONValue(parsing: document), place: place, into: &reading)
        } catch { reading.fail("\(place): \(error)") }
    }

    private func interpret(_ body: JSONValue, place: String, into reading: inout Reading) {
        let events = rule.each.values(in: body, body: body).filter { !$0.isNull }.flatMap { value in
            if case .array(let items) = value { items } else { [value] }
        }
        guard events.count <= Self.mostEvents else {
            reading.fail("\(place) holds more than \(Self.mostEvents) events")
            return
        }
        if events.isEmpty {
            reading.add(place) { () throws(EventTrouble) in try nobody(in: body) }
        }
        for (index, event) in events.enumerated() {
            reading.add(events.count == 1 ? place : "\(place), event \(index + 1)") { () throws(EventTrouble) in
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
