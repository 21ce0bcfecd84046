public import Offboarding

/// Reads departures out of bodies by a sender's ``EventRule``, rule 1 to the letter.
///
/// Pure: the same body gives the same interpretation. One bad event never drops the others.
public struct Interpreter: DeliveryInterpreter {
    /// The most events read from one body; a body with more is unresolved as a whole.
    public static let mostEvents = 10_000

    private let rule: EventRule

    public init(_ rule: EventRule) { self.rule = rule }

    public func interpret(_ delivery: Delivery) -> Interpretation {
        interpret(body: delivery.body, headers: delivery.headers)
    }

    /// Reads a body that has been verified and stored.
    ///
    /// - Parameter headers: the request's, names in lower case.
    public func interpret(body: [UInt8], headers: [Delivery.Header] = []) -> Interpretation {
        let context = BodyReading(rule, headers: headers)
        var reading = Reading()
        do { try context.checkHeaders() } catch {
            reading.add("the request") { () throws(EventTrouble) in throw error }
            return reading.interpretation
        }
        switch rule.format {
        case .json:
            interpret(document: body, place: "the body", in: context, into: &reading)
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
                interpret(document: Array(line), place: "line \(index + 1)", in: context, into: &reading)
            }
        case .form:
            do {
                let form = try FormBody.value(of: body, json: rule.formJSON)
                interpret(form, place: "the body", in: context, into: &reading)
            } catch { reading.fail("the body: \(error)") }
        case .set:
            do {
                interpret(try SecurityEventToken.claims(of: body), place: "the body", in: context, into: &reading)
            } catch { reading.fail("the body: \(error)") }
        }
        return reading.interpretation
    }

    private func interpret(document: [UInt8], place: String, in context: BodyReading, into reading: inout Reading) {
        do {
            interpret(try JSONValue(parsing: document), place: place, in: context, into: &reading)
        } catch { reading.fail("\(place): \(error)") }
    }

    private func interpret(_ document: JSONValue, place: String, in context: BodyReading, into reading: inout Reading) {
        var body: NestedJSON.Unpacked
        let events: [JSONNode]
        do {
            body = try NestedJSON.unpack(document, by: context)
            events = try self.events(of: body.root, in: context)
        } catch {
            reading.fail("\(place): a path \(error)")
            return
        }
        body.divide(into: events)
        guard events.count <= Self.mostEvents else {
            reading.fail("\(place) holds more than \(Self.mostEvents) events")
            return
        }
        if events.isEmpty {
            reading.add(place) { () throws(EventTrouble) in try nobody(in: body, context) }
        }
        for (index, event) in events.enumerated() {
            reading.add(events.count == 1 ? place : "\(place), event \(index + 1)") { () throws(EventTrouble) in
                try EventReader(reading: context, event: event, body: body).departure()
            }
        }
    }

    /// What ``EventRule/each`` selects; an array is each of its elements.
    private func events(of body: JSONNode, in context: BodyReading) throws(JSONPath.Trouble) -> [JSONNode] {
        var events: [JSONNode] = []
        for node in try context.nodes(rule.each.query, in: body, of: body) where !node.value.isNull {
            if case .array(let items) = node.value {
                events += items.enumerated().map { position, item in
                    JSONNode(value: item, location: context.location(of: position, in: node))
                }
            } else {
                events.append(node)
            }
        }
        return events
    }

    /// A body without events is ignored only when its own type says that it is about something else.
    private func nobody(in body: NestedJSON.Unpacked, _ context: BodyReading) throws(EventTrouble) -> Departure {
        if rule.type.isOfWholeBody { _ = try EventReader(reading: context, event: body.root, body: body).kind() }
        throw .unresolved("names nobody")
    }
}
