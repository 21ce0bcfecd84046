import Offboarding

/// What else than memberships the case ended (`policy.also`).
extension CasePresentation {
    /// There only where something was asked for: the contract names the others.
    var also: [(key: String, value: JSONOutput)] {
        guard !credentials.isEmpty else { return [] }
        let endings = credentials.map { ending in
            JSONOutput.object([
                ("kind", .text(ending.place.kind.rawValue)),
                ("user_id", .text(ending.place.user.text)),
                ("key", .text(ending.place.key)),
                ("outcome", .text(ending.outcome.rawValue)),
                ("count", .integer(ending.count)),
                ("http_status", .optional(ending.httpStatus)),
            ])
        }
        return [("also", .list(endings))]
    }
}
