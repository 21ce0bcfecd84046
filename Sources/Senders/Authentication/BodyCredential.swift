import WebhookSignature

/// The place of a credential inside the body: one, or the same in each item of one list.
struct BodyCredential: Sendable {
    private let path: JSONPath
    /// What selects the items, each of which must have the credential; `nil` where there is no list.
    private let items: JSONPath?

    private static let wildcards = ["[*]", ".*"]

    init(_ path: JSONPath) {
        self.path = path
        items = Self.items(of: path)
    }

    /// What is wrong with a path for a credential; `nil` where it can be one.
    ///
    /// It must be possible to tell an item without the credential, which whatever picks among items would pass over.
    static func problem(with path: JSONPath) -> String? {
        let text = path.description
        let count = wildcards.reduce(0) { $0 + text.ranges(of: $1).count }
        let picks = ["?", "..", ":", ","].contains { text.contains($0) }
        if picks || count > 1 { return "may have names, indexes and one wildcard, so that no item is passed over" }
        if count == 1, items(of: path) == nil { return "has a wildcard in a place where items cannot be told" }
        return nil
    }

    /// Why a body does not vouch for itself; `nil` where every place holds the secret, and there is at least one.
    ///
    /// - Parameter body: of bounded length; it is parsed to a bounded depth.
    func refusal(of body: [UInt8], secret: [UInt8]) -> RefusalCause? {
        let document: JSONValue
        // What cannot be read cannot hold the secret; the cause of it is nobody's business before that.
        do { document = try JSONValue(parsing: body) } catch { return .missingCredential }
        let values = path.values(in: document, body: document)
        guard !values.isEmpty else { return .missingCredential }
        if let items, items.values(in: document, body: document).count != values.count { return .missingCredential }
        let areAllRight = values.allSatisfy { value in
            guard case .string(let text) = value else { return false }
            return ConstantTime.equal(Array(text.utf8), secret)
        }
        return areAllRight ? nil : .wrongCredential
    }

    private static func items(of path: JSONPath) -> JSONPath? {
        let text = path.description
        guard let end = wildcards.compactMap({ text.ranges(of: $0).last?.upperBound }).max() else { return nil }
        do { return try JSONPath(String(text[..<end])) } catch { return nil }
    }
}
