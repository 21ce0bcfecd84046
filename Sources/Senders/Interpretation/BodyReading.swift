import Offboarding

/// What the paths of a rule are asked of: one body, its headers, and the steps that are left for it.
///
/// Lives for one interpretation, in one task.
final class BodyReading {
    let rule: EventRule
    private let headers: [Delivery.Header]
    private let isLocating: Bool
    private var stepsLeft = JSONPath.mostStepsOfBody

    init(_ rule: EventRule, headers: [Delivery.Header]) {
        self.rule = rule
        self.headers = headers
        isLocating = !rule.never.isEmpty || !rule.nestedJSON.isEmpty
    }

    /// The nodes that a query selects, `null` among them.
    func nodes(_ query: JSONPathQuery, in event: JSONNode, of body: JSONNode) throws(JSONPath.Trouble) -> [JSONNode] {
        let allowed = min(stepsLeft, JSONPath.mostSteps)
        var evaluator = JSONPathEvaluator(event: event, body: body, isLocating: isLocating, stepsLeft: allowed)
        defer { stepsLeft -= allowed - max(evaluator.stepsLeft, 0) }
        return try evaluator.nodes(query)
    }

    /// Where a node's child stands; `nil` where no path asks for it.
    func location(of position: Int, in node: JSONNode) -> JSONLocation? {
        isLocating ? JSONLocation(parent: node.location, position: position) : nil
    }

    /// Takes steps for what is not a path.
    func spend(_ steps: Int) throws(JSONPath.Trouble) {
        guard steps <= min(stepsLeft, JSONPath.mostSteps) else { throw JSONPath.Trouble(code: .tooManySteps) }
        stepsLeft -= steps
    }

    /// A header's value; `nil` where it is absent.
    func header(_ name: String) throws(EventTrouble) -> String? {
        var value: String?
        for header in headers where header.name.hasSameBytes(as: name) {
            guard value == nil else { throw .unresolved("the header \(name) comes twice") }
            value = header.value
        }
        return value
    }

    /// Ends early where headers alone tell that the body is about something else, so that nobody has to read it.
    func checkHeaders() throws(EventTrouble) {
        if case .header(let name) = rule.type {
            _ = try rule.kind(of: try header(name).map { [$0] } ?? [])
        }
        for condition in rule.when {
            guard case .header(let name) = condition.place else { continue }
            let values = try header(name).map { [JSONValue.string($0)] } ?? []
            guard try condition.isMet(by: values) else {
                throw .ignored("the condition on \(condition.place) is not met")
            }
        }
    }
}

/// Why an event gives no departure. The texts never hold an email.
enum EventTrouble: Error {
    /// It is about something else.
    case ignored(String)
    /// It may be about a departure, and is not as it should be (rule 1).
    case unresolved(String)
    /// As ``unresolved(_:)``, with what is known of the departure.
    case unnamed(String, UnnamedDeparture)
    /// It names somebody by an id, and the email is to be asked for.
    case lookup(Lookup)
}
