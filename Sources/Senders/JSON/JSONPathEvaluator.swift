/// Evaluates queries on one event of one body, counting what it visits.
struct JSONPathEvaluator {
    let event: JSONNode
    let body: JSONNode
    /// Whether nodes must know where they stand; that costs an allocation each.
    let isLocating: Bool
    /// See ``JSONPath/mostSteps``.
    var stepsLeft: Int

    /// The nodes that a query selects, in its order.
    mutating func nodes(_ query: JSONPathQuery, at current: JSONNode? = nil) throws(JSONPath.Trouble) -> [JSONNode] {
        if query.isSingular { return try node(query, at: current).map { [$0] } ?? [] }
        var nodes = [start(query, current)]
        for segment in query.segments where !nodes.isEmpty {
            var next: [JSONNode] = []
            for node in nodes {
                if segment.isDescendant {
                    try descend(node, segment.selectors, into: &next)
                } else {
                    for selector in segment.selectors { try select(selector, in: node, into: &next) }
                }
            }
            nodes = next
        }
        return nodes
    }

    /// The node that a singular query selects.
    mutating func node(_ query: JSONPathQuery, at current: JSONNode?) throws(JSONPath.Trouble) -> JSONNode? {
        var node = start(query, current)
        for segment in query.segments {
            guard let child = try child(segment.selectors[0], of: node) else { return nil }
            node = child
        }
        return node
    }

    mutating func spend(_ steps: Int) throws(JSONPath.Trouble) {
        stepsLeft -= steps
        guard stepsLeft >= 0 else { throw JSONPath.Trouble(code: .tooManySteps) }
    }

    private func start(_ query: JSONPathQuery, _ current: JSONNode?) -> JSONNode {
        switch query.start {
        case .event: event
        case .body: body
        case .current: current ?? event
        }
    }

    /// The node and everything inside it, each before its own children.
    private mutating func descend(
        _ node: JSONNode,
        _ selectors: [JSONPathQuery.Selector],
        into found: inout [JSONNode]
    ) throws(JSONPath.Trouble) {
        try spend(1)
        for selector in selectors { try select(selector, in: node, into: &found) }
        for position in 0..<node.value.childCount { try descend(child(of: node, position), selectors, into: &found) }
    }

    private mutating func select(
        _ selector: JSONPathQuery.Selector,
        in node: JSONNode,
        into found: inout [JSONNode]
    ) throws(JSONPath.Trouble) {
        switch selector {
        case .name, .index:
            if let child = try child(selector, of: node) { found.append(child) }
        case .wildcard:
            let count = node.value.childCount
            try spend(count)
            for position in 0..<count { found.append(child(of: node, position)) }
        case .slice(let start, let end, let step):
            guard case .array(let items) = node.value else { return }
            let positions = Self.positions(from: start, to: end, by: step, count: items.count)
            try spend(positions.underestimatedCount)
            for position in positions { found.append(child(of: node, position)) }
        case .filter(let filter):
            for position in 0..<node.value.childCount {
                try spend(1)
                let child = child(of: node, position)
                if try isMet(filter, by: child) { found.append(child) }
            }
        }
    }

    /// The child under a name or an index.
    private mutating func child(_ selector: JSONPathQuery.Selector, of node: JSONNode) throws(JSONPath.Trouble)
        -> JSONNode?
    {
        switch (selector, node.value) {
        case (.name(let name), .object(let members)):
            try spend(1 + members.count / 8)
            return members.firstIndex { $0.name.hasSameBytes(as: name) }.map { child(of: node, $0) }
        case (.index(let index), .array(let items)):
            try spend(1)
            let position = index < 0 ? items.count + index : index
            return items.indices.contains(position) ? child(of: node, position) : nil
        default: return nil
        }
    }

    private func child(of node: JSONNode, _ position: Int) -> JSONNode {
        let value: JSONValue
        switch node.value {
        case .array(let items): value = items[position]
        case .object(let members): value = members[position].value
        default: value = .null
        }
        let location = isLocating ? JSONLocation(parent: node.location, position: position) : nil
        return JSONNode(value: value, location: location)
    }

    /// The positions of a slice (RFC 9535, section 2.3.4.2.2).
    private static func positions(from start: Int?, to end: Int?, by step: Int, count: Int) -> StrideTo<Int> {
        func bounded(_ index: Int, _ range: ClosedRange<Int>) -> Int {
            let position = index < 0 ? count + index : index
            return min(max(position, range.lowerBound), range.upperBound)
        }
        if step == 0 { return stride(from: 0, to: 0, by: 1) }
        if step > 0 {
            let first = bounded(start ?? 0, 0...count)
            return stride(from: first, to: bounded(end ?? count, 0...count), by: step)
        }
        let first = start.map { bounded($0, -1...(count - 1)) } ?? count - 1
        return stride(from: first, to: end.map { bounded($0, -1...(count - 1)) } ?? -1, by: step)
    }
}

extension JSONValue {
    /// How many values it holds.
    var childCount: Int {
        switch self {
        case .array(let items): items.count
        case .object(let members): members.count
        case .null, .boolean, .number, .string: 0
        }
    }
}

extension String {
    /// Byte for byte: `==` takes canonically equivalent texts for equal.
    func hasSameBytes(as other: String) -> Bool {
        utf8.count == other.utf8.count && utf8.elementsEqual(other.utf8)
    }
}
