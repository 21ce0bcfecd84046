import Offboarding
import Presentation

/// A plan, ready to be shown.
struct PlanPresentation: Sendable {
    let answer: PlanAnswer

    init(_ answer: PlanAnswer) { self.answer = answer }

    /// The object of `plan --json` (design, section 8), with `under_other_address` where that is so.
    var json: JSONOutput {
        .object([
            ("email", .text(answer.plan.email.text)),
            ("digest", .text(answer.digest)),
            (
                "memberships",
                .list(
                    answer.plan.entries.map { entry in
                        .object(
                            [
                                ("key", .optional(entry.keys.first)),
                                ("organization_id", .text(entry.membership.organization.text)),
                                ("organization_name", .text(entry.organizationName)),
                                ("user_id", .text(entry.membership.user.text)),
                                ("action", .text(entry.action.rawValue)),
                            ] + (entry.isUnderOtherAddress ? [("under_other_address", .boolean(true))] : [])
                        )
                    }
                )
            ),
            ("uncovered", .list(answer.plan.uncovered.map { .text($0.text) })),
            ("unproven", .list(answer.unprovenKeys.map(JSONOutput.text))),
        ])
    }

    /// The plan for people.
    func text(colours: Bool) -> String {
        var parts: [String] = []
        if answer.plan.entries.isEmpty {
            parts.append("\(answer.plan.email.text) is on no list that could be read.")
        } else {
            var table = Table("ORGANIZATION", "NAME", "USER", "KEY", "ACTION")
            for entry in answer.plan.entries {
                table.add(
                    Table.Cell(entry.membership.organization.text),
                    Table.Cell(entry.organizationName),
                    Table.Cell(entry.membership.user.text),
                    Table.Cell(entry.keys.first),
                    Table.Cell(entry.action.rawValue, entry.action == .remove ? .waiting : .bad)
                )
            }
            parts.append(table.text(colours: colours))
            parts.append("plan digest: \(answer.digest)")
        }
        let remarks = remarks.map { HarmlessText.text($0) }
        if !remarks.isEmpty { parts.append(remarks.joined(separator: "\n")) }
        return parts.joined(separator: "\n\n")
    }

    private var remarks: [String] {
        var remarks: [String] = []
        if let protection = answer.plan.protection { remarks.append("Nothing would run: \(protection).") }
        for entry in answer.plan.entries where entry.isUnderOtherAddress {
            remarks.append(
                "User \(entry.membership.user) of organization \(entry.membership.organization) was seen under this email "
                    + "and is under another one now; a case would be held."
            )
        }
        if answer.plan.hasSeveralIDs { remarks.append("One list shows several ids for the person.") }
        if !answer.plan.uncovered.isEmpty {
            let ids = answer.plan.uncovered.map(\.text).joined(separator: ", ")
            remarks.append("Not covered by any key: \(ids).")
        }
        return remarks + answer.doubts.map { "Not proven: \($0.message)." }
    }

    /// 0 where the answer is complete, 1 where a case would need a person, 69 where another look may tell more.
    var status: CommandStatus {
        if answer.mustWait { return .unavailable }
        return answer.needsPerson ? .no : .done
    }
}
