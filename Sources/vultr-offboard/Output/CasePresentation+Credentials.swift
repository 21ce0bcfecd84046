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

    var alsoLines: [(String, Table.Cell)] {
        credentials.map { ending in
            let what =
                switch ending.outcome {
                case .ended: "\(ending.count) ended"
                case .none: "none found"
                case .retrying, .operator: "not ended"
                }
            let text = "\(what) of user \(ending.place.user), key \(ending.place.key)"
            let label = ending.place.kind.rawValue.replacing("_", with: " ")
            return (label, Table.Cell(text + (ending.detail.map { ": \($0)" } ?? ""), ending.isUnfinished ? .bad : nil))
        }
    }
}
