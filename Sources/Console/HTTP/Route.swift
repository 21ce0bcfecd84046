import HTTPListener

/// One thing that can be asked of the console.
struct Route: Sendable {
    enum Kind: Sendable {
        /// For people: errors are pages, and who is not signed in is sent to the sign-in.
        case page
        /// For programs: errors are JSON.
        case api
    }

    let kind: Kind
    let method: String
    /// The segments of the path; `{}` stands for any one.
    let path: [Substring]
    /// What the caller's role must allow.
    let role: Operator.Role
    let answer: @Sendable (ConsoleRequest) async throws -> Response

    /// - Parameter pattern: such as `/cases/{}/approve`.
    init(
        _ kind: Kind,
        _ method: String,
        _ pattern: String,
        role: Operator.Role = .viewer,
        _ answer: @escaping @Sendable (ConsoleRequest) async throws -> Response
    ) {
        self.kind = kind
        self.method = method
        path = Substring(pattern).split(separator: "/")
        self.role = role
        self.answer = answer
    }

    /// What stands for `{}` in a path, or the empty text where the route has none; `nil` where the path is not the
    /// route's.
    func parameter(in segments: [Substring]) -> String? {
        guard segments.count == path.count else { return nil }
        var parameter = ""
        for (wanted, found) in zip(path, segments) {
            if wanted == "{}" {
                // Ids of ours have no escapes; one with an escape is nobody's.
                parameter = String(found)
            } else if wanted != found {
                return nil
            }
        }
        return parameter
    }

    /// The segments of a path as it was sent; `nil` where it is not in its one form.
    static func segments(of path: String) -> [Substring]? {
        guard path.hasPrefix("/") else { return nil }
        if path == "/" { return [] }
        let segments = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        return segments.contains("") ? nil : segments
    }
}
