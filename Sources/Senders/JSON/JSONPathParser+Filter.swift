/// Logical expressions (RFC 9535, section 2.3.5.1).
extension JSONPathParser {
    /// What stands behind a `?`, or inside parentheses.
    mutating func filter() throws(JSONPath.Problem) -> JSONPathQuery.Filter {
        try enter()
        defer { depth -= 1 }
        var choices = [try conjunction()]
        while try takeOperator("||") { choices.append(try conjunction()) }
        return choices.count == 1 ? choices[0] : .any(choices)
    }

    private mutating func conjunction() throws(JSONPath.Problem) -> JSONPathQuery.Filter {
        var conditions = [try condition()]
        while try takeOperator("&&") { conditions.append(try condition()) }
        return conditions.count == 1 ? conditions[0] : .all(conditions)
    }

    /// Takes an operator that stands between two conditions, with the blanks around it.
    private mutating func takeOperator(_ text: String) throws(JSONPath.Problem) -> Bool {
        let end = position
        skipBlanks()
        guard take(all: text) else {
            position = end
            return false
        }
        skipBlanks()
        return true
    }

    /// Parentheses, a test or a comparison.
    private mutating func condition() throws(JSONPath.Problem) -> JSONPathQuery.Filter {
        if take("!") {
            skipBlanks()
            if take("(") { return .not(try parenthesized()) }
            guard peek == "@" || peek == "$" else {
                try refuseFunction()
                throw problem("after ! a path or '(' is expected")
            }
            return .not(.exists(try query()))
        }
        if take("(") { return try parenthesized() }
        let start = position
        let left = try operand()
        let end = position
        skipBlanks()
        if let comparison = JSONPathQuery.Comparison.allCases.first(where: { take(all: $0.rawValue) }) {
            try checkSingular(left, at: start)
            skipBlanks()
            let rightStart = position
            let right = try operand()
            try checkSingular(right, at: rightStart)
            return .comparison(left, comparison, right)
        }
        position = end
        guard case .query(let query) = left else { throw problem("a comparison is expected") }
        return .exists(query)
    }

    private mutating func parenthesized() throws(JSONPath.Problem) -> JSONPathQuery.Filter {
        skipBlanks()
        let inside = try filter()
        skipBlanks()
        guard take(")") else { throw problem("')' is expected") }
        return inside
    }

    private mutating func operand() throws(JSONPath.Problem) -> JSONPathQuery.Operand {
        switch peek {
        case "@", "$": return .query(try query())
        case "'", "\"": return .literal(.string(try quotedText()))
        case let scalar? where scalar == "-" || ("0"..."9").contains(scalar): return .literal(.number(try number()))
        default: break
        }
        try refuseFunction()
        for (word, value) in [("true", JSONValue.boolean(true)), ("false", .boolean(false)), ("null", .null)]
        where take(all: word) {
            return .literal(value)
        }
        throw problem("a path that begins with @ or $, a text in quotes, a number, true, false or null is expected")
    }

    private mutating func checkSingular(_ operand: JSONPathQuery.Operand, at start: Int) throws(JSONPath.Problem) {
        guard case .query(let query) = operand, !query.isSingular else { return }
        position = start
        throw problem("a path that is compared must lead to one value, by names and indexes")
    }

    /// Says that functions are left out, where one is called here.
    private func refuseFunction() throws(JSONPath.Problem) {
        let rest = scalars[position...]
        let name = rest.prefix { scalar in
            ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar) || scalar == "_"
        }
        guard let first = name.first, ("a"..."z").contains(first), rest.dropFirst(name.count).first == "(" else {
            return
        }
        let shown = String(String.UnicodeScalarView(name.prefix(20)))
        throw problem("functions such as \(shown)() are not available")
    }

    /// A number as it is written (section 2.3.5.1: an integer or -0, then a fraction, then an exponent).
    private mutating func number() throws(JSONPath.Problem) -> String {
        let start = position
        _ = take("-")
        let whole = digits()
        guard !whole.isEmpty, whole == "0" || !whole.hasPrefix("0") else { throw problem("a number is expected") }
        if take("."), digits().isEmpty { throw problem("digits are expected after the point") }
        if take("e") || take("E") {
            if !take("-") { _ = take("+") }
            guard !digits().isEmpty else { throw problem("digits are expected in the exponent") }
        }
        let text = String(String.UnicodeScalarView(scalars[start..<position]))
        guard JSONNumber(text) != nil else {
            throw problem("the exponent has more than \(JSONNumber.mostExponentDigits) digits")
        }
        return text
    }
}
