package import Foundation
package import Offboarding

/// How the limits stand, ready to be shown.
package struct LimitPresentation: Sendable {
    package let standing: LimitStanding

    package init(standing: LimitStanding) { self.standing = standing }

    package var json: JSONOutput {
        .object([
            (
                "limits",
                .list(
                    standing.usages.map { usage in
                        .object([
                            ("sender", .optional(usage.sender)), ("window", .text(usage.limit.windowText)),
                            ("people", .integer(usage.limit.people)), ("people_now", .integer(usage.people)),
                            ("used", .integer(usage.used)), ("left", .integer(usage.left)),
                        ])
                    }
                )
            ),
            ("fraction_of_organization_percent", .integer(Int((standing.fractionOfOrganization * 100).rounded()))),
            ("overrides", .list(standing.overrides.map { Self.json($0, at: standing.at) })),
        ])
    }

    /// One override.
    package static func json(_ override: LimitOverride, at now: Date) -> JSONOutput {
        .object([
            ("id", .text(override.id.text)), ("people", .integer(override.people)),
            ("sender", .optional(override.sender)), ("reason", .text(override.reason)), ("by", .text(override.by)),
            ("from", .text(TimeText.text(override.from))), ("until", .text(TimeText.text(override.until))),
            ("in_force", .boolean(override.isInForce(at: now))),
            ("ended_at", .optional(override.endedAt.map(TimeText.text))), ("ended_by", .optional(override.endedBy)),
        ])
    }

    /// Whether an override is in force, over, or was ended by somebody.
    package func state(_ override: LimitOverride) -> String {
        if let person = override.endedBy { return "ended by \(person)" }
        return override.isInForce(at: standing.at) ? "in force" : "over"
    }
}
