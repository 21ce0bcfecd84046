import Foundation
import Offboarding
import Presentation

/// Limits as a terminal shows them.
extension LimitPresentation {
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
}
