extension JSONPathEvaluator {
    /// Whether a node passes a filter.
    mutating func isMet(_ filter: JSONPathQuery.Filter, by node: JSONNode) throws(JSONPath.Trouble) -> Bool {
        switch filter {
        case .any(let filters):
            for filter in filters where try isMet(filter, by: node) { return true }
            return false
        case .all(let filters):
            for filter in filters where try !isMet(filter, by: node) { return false }
            return true
        case .not(let filter): return try !isMet(filter, by: node)
        case .exists(let query): return try !nodes(query, at: node).isEmpty
        case .comparison(let left, let comparison, let right):
            let left = try value(left, at: node)
            let right = try value(right, at: node)
            switch comparison {
            case .equal: return try areEqual(left, right)
            case .notEqual: return try !areEqual(left, right)
            case .less: return try isLess(left, right)
            case .greater: return try isLess(right, left)
            case .lessOrEqual:
                if try isLess(left, right) { return true }
                return try areEqual(left, right)
            case .greaterOrEqual:
                if try isLess(right, left) { return true }
                return try areEqual(left, right)
            }
        }
    }

    private mutating func value(_ operand: JSONPathQuery.Operand, at node: JSONNode) throws(JSONPath.Trouble)
        -> JSONValue?
    {
        switch operand {
        case .literal(let value): value
        case .query(let query): try self.node(query, at: node)?.value
        }
    }

    /// Nothing is equal to nothing, and to nothing else.
    private mutating func areEqual(_ left: JSONValue?, _ right: JSONValue?) throws(JSONPath.Trouble) -> Bool {
        guard let left, let right else { return left == nil && right == nil }
        try spend(1)
        switch (left, right) {
        case (.null, .null): return true
        case (.boolean(let left), .boolean(let right)): return left == right
        case (.number(let left), .number(let right)):
            try spend((left.utf8.count + right.utf8.count) / 32)
            if left.hasSameBytes(as: right) { return true }
            return JSONNumber.areEqual(try Self.number(left), try Self.number(right))
        case (.string(let left), .string(let right)):
            guard left.utf8.count == right.utf8.count else { return false }
            try spend(left.utf8.count / 32)
            return left.utf8.elementsEqual(right.utf8)
        case (.array(let left), .array(let right)):
            guard left.count == right.count else { return false }
            for (left, right) in zip(left, right) where try !areEqual(left, right) { return false }
            return true
        case (.object(let left), .object(let right)):
            guard left.count == right.count else { return false }
            return try haveEqualMembers(left, right)
        default: return false
        }
    }

    /// In any order; no name comes twice in either.
    private mutating func haveEqualMembers(_ left: [JSONValue.Member], _ right: [JSONValue.Member])
        throws(JSONPath.Trouble) -> Bool
    {
        for (position, member) in left.enumerated() {
            // Most often both are written in the same order.
            if right[position].name.hasSameBytes(as: member.name) {
                if try !areEqual(member.value, right[position].value) { return false }
                continue
            }
            try spend(1 + right.count / 8)
            guard let other = right.first(where: { $0.name.hasSameBytes(as: member.name) }),
                try areEqual(member.value, other.value)
            else { return false }
        }
        return true
    }

    /// Numbers by value, texts by Unicode scalars; nothing else has an order.
    private mutating func isLess(_ left: JSONValue?, _ right: JSONValue?) throws(JSONPath.Trouble) -> Bool {
        switch (left, right) {
        case (.number(let left)?, .number(let right)?):
            try spend(1 + (left.utf8.count + right.utf8.count) / 32)
            return JSONNumber.isLess(try Self.number(left), try Self.number(right))
        case (.string(let left)?, .string(let right)?):
            try spend(1 + min(left.utf8.count, right.utf8.count) / 32)
            // UTF-8 keeps the order of the scalars.
            return left.utf8.lexicographicallyPrecedes(right.utf8)
        default: return false
        }
    }

    private static func number(_ text: String) throws(JSONPath.Trouble) -> JSONNumber {
        guard let number = JSONNumber(text) else { throw JSONPath.Trouble(code: .exponentTooLarge) }
        return number
    }
}
