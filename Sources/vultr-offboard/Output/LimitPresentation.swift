import Foundation
import Offboarding

/// How the limits stand, ready to be shown.
struct LimitPresentation: Sendable {
    let standing: LimitStanding

    func text(colours: Bool) -> String {
        var limits = Table("SENDER", "WINDOW", "PEOPLE", "USED", "LEFT")
        for usage in standing.usages {
            limits.add(
                Table.Cell(usage.sender ?? "all"),
                Table.Cell(usage.limit.windowText),
                Table.Cell(
                    usage.people == usage.limit.people
                        ? String(usage.people) : "\(usage.people) (raised from \(usage.limit.people))"
                ),
                Table.Cell(String(usage.used)),
                Table.Cell(String(usage.left), usage.left == 0 ? .bad : nil)
            )
        }
        let percent = Int((standing.fractionOfOrganization * 100).rounded())
        var parts = [
            limits.text(colours: colours),
            "At most \(percent) % of an organization's people in the longest window, which nothing raises.",
        ]
        if !standing.overrides.isEmpty {
            var overrides = Table("OVERRIDE", "PEOPLE", "SENDER", "UNTIL", "BY", "STATE", "REASON")
            for override in standing.overrides {
                overrides.add(
                    Table.Cell(override.id.text),
                    Table.Cell(String(override.people)),
                    Table.Cell(override.sender ?? "all"),
                    Table.Cell(TimeText.text(override.until)),
                    Table.Cell(override.by),
                    Table.Cell(state(override), override.isInForce(at: standing.at) ? .bad : .faint),
                    Table.Cell(override.reason)
                )
            }
            parts.append(overrides.text(colours: colours))
        }
        return parts.joined(separator: "\n\n")
    }

    private func state(_ override: LimitOverride) -> String {
        if let person = override.endedBy { return "ended by \(person)" }
        return override.isInForce(at: standing.at) ? "in force" : "over"
    }

    var json: JSONOutput {
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
    static func json(_ override: LimitOverride, at now: Date) -> JSONOutput {
        .object([
            ("id", .text(override.id.text)), ("people", .integer(override.people)),
            ("sender", .optional(override.sender)), ("reason", .text(override.reason)), ("by", .text(override.by)),
            ("from", .text(TimeText.text(override.from))), ("until", .text(TimeText.text(override.until))),
            ("in_force", .boolean(override.isInForce(at: now))),
            ("ended_at", .optional(override.endedAt.map(TimeText.text))), ("ended_by", .optional(override.endedBy)),
        ])
    }
}
