package import Offboarding

/// What is known of a person after their case, as `show` and `sweep` write it.
package enum WatchPresentation {
    package static func json(_ back: [Reappearance]) -> JSONOutput {
        .list(
            back.map { one in
                .object([
                    ("key", .text(one.key)),
                    ("organization_id", .text(one.organizationID.text)),
                    ("organization_name", .text(one.organizationName)),
                    ("user_id", .text(one.userID.text)),
                    ("under_other_address", .boolean(one.isUnderOtherAddress)),
                ])
            }
        )
    }

    package static func json(_ invitations: [CaseInvitation]) -> JSONOutput {
        .list(
            invitations.map { one in
                .object([
                    ("key", .text(one.key)),
                    ("id", .optional(one.invitation?.text)),
                    ("organization_id", .optional(one.organizationID?.text)),
                    ("organization_name", .optional(one.organizationName)),
                    ("status", .optional(one.status)),
                    ("expires_at", .optional(one.expiresAt)),
                    ("problem", .optional(one.problem)),
                ])
            }
        )
    }

    package static func text(_ one: Reappearance) -> String {
        one.organizationName + (one.isUnderOtherAddress ? " (under another address)" : "")
    }

    package static func text(_ one: CaseInvitation) -> String {
        if let problem = one.problem { return "key \(one.key): \(problem)" }
        let place = one.organizationName ?? one.organizationID?.text ?? "key \(one.key)"
        let until = one.expiresAt.map { " until \(TimeText.text($0))" } ?? ""
        return "\(place): \(one.status ?? "invited")\(until)"
    }
}
