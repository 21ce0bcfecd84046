import Foundation

extension ConsoleRequest {
    /// The body as an object with no members but these.
    ///
    /// - Throws: ``ConsoleError`` that shows an example.
    func json<Body: Decodable>(
        _ type: Body.Type,
        members: Set<String>,
        example: String
    ) throws(ConsoleError) -> Body {
        try noQuery()
        do {
            let data = Data(body)
            let names = try JSONDecoder().decode([String: Ignored].self, from: data).keys
            guard members.isSuperset(of: names) else { throw ConsoleError.badRequest("") }
            return try JSONDecoder().decode(Body.self, from: data)
        } catch {
            throw .badRequest("the body must be JSON such as \(example)")
        }
    }

    /// - Throws: ``ConsoleError`` where there is a query.
    func noQuery() throws(ConsoleError) {
        if let name = query.names.first { throw .badRequest("\(name) is no parameter here") }
    }

    /// For what needs no more than its path.
    ///
    /// - Throws: ``ConsoleError`` where the request has a body that says something, or a query.
    func noBody() throws(ConsoleError) {
        try noQuery()
        if body.isEmpty { return }
        _ = try json([String: Ignored].self, members: [], example: "{}, or none at all")
    }

    private struct Ignored: Decodable {
        init(from decoder: any Decoder) throws {}
    }
}
