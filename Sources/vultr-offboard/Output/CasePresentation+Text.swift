import Offboarding
import Presentation

/// Cases as a terminal shows them.
extension CasePresentation {
    /// Everything about the case, for people.
    func text(colours: Bool) -> String {
        var lines: [(String, Table.Cell)] = [
            ("case", Table.Cell(shown.id.text)),
            ("person", Table.Cell(shown.emails.map(\.text).joined(separator: ", "))),
            ("state", Self.cell(shown.state)),
            ("result", Table.Cell(resultText)),
        ]
        if let reason = shown.reason { lines.append(("reason", Table.Cell(reason))) }
        lines.append(("sender", Table.Cell(shown.sender + (shown.askedBy.map { " (asked by \($0))" } ?? ""))))
        if let approval = shown.approval {
            lines.append(("approved", Table.Cell("by \(approval.by), \(TimeText.text(approval.at))")))
        }
        lines.append(("received", Table.Cell(TimeText.text(shown.receivedAt))))
        if let effectiveAt = shown.effectiveAt { lines.append(("effective", Table.Cell(TimeText.text(effectiveAt)))) }
        if let finishedAt = shown.finishedAt { lines.append(("finished", Table.Cell(TimeText.text(finishedAt)))) }
        if let dueAt = shown.dueAt {
            switch shown.state {
            case .scheduled: lines.append(("begins", Table.Cell(TimeText.text(dueAt))))
            case .retrying, .attention: lines.append(("next try", Table.Cell(TimeText.text(dueAt))))
            default: break
            }
        }
        if let digest = shown.planDigest { lines.append(("plan digest", Table.Cell(digest))) }
        if !shown.uncovered.isEmpty {
            let ids = shown.uncovered.map(\.text).joined(separator: ", ")
            lines.append(("uncovered", Table.Cell(ids, .waiting)))
        }
        lines += alsoLines + aftermathLines
        let width = lines.map(\.0.count).max() ?? 0
        var text = lines.map { label, cell in
            let padded = (label + ":").padding(to: width + 2)
            return (colours ? Colour.faint.paint(padded) : padded)
                + (colours ? cell.colour.map { $0.paint(cell.text) } ?? cell.text : cell.text)
        }.joined(separator: "\n")
        if !removals.isEmpty { text += "\n\n" + removalTable.text(colours: colours) }
        return text
    }

    private var removalTable: Table {
        var table = Table("ORGANIZATION", "NAME", "USER", "KEY", "OUTCOME", "STATUS", "ATTEMPTS", "DETAIL")
        for removal in removals {
            table.add(
                Table.Cell(removal.organizationID?.text),
                Table.Cell(removal.organizationName),
                Table.Cell(removal.userID?.text),
                Table.Cell(removal.key),
                Self.cell(removal.outcome),
                Table.Cell(removal.httpStatus.map(String.init)),
                Table.Cell(String(removal.attempts)),
                Table.Cell(removal.detail)
            )
        }
        return table
    }

    /// Many cases, one a line.
    static func table(_ cases: [CasePresentation]) -> Table {
        var table = Table("CASE", "PERSON", "STATE", "RESULT", "ORGANIZATIONS", "SENDER", "RECEIVED", "REASON")
        for presentation in cases {
            let shown = presentation.shown
            table.add(
                Table.Cell(shown.id.text),
                Table.Cell(shown.email.text),
                cell(shown.state),
                Table.Cell(shown.result?.rawValue),
                Table.Cell(String(Set(presentation.removals.compactMap(\.organizationID)).count)),
                Table.Cell(shown.sender),
                Table.Cell(TimeText.text(shown.receivedAt)),
                Table.Cell(shown.reason)
            )
        }
        return table
    }

    static func cell(_ state: CaseState) -> Table.Cell {
        let colour: Colour? =
            switch state {
            case .completed: .good
            case .held, .retrying, .queued, .running, .scheduled: .waiting
            case .attention: .bad
            case .cancelled, .refused: .faint
            }
        return Table.Cell(state.rawValue, colour)
    }

    private static func cell(_ outcome: Removal.Outcome) -> Table.Cell {
        let colour: Colour? =
            switch outcome {
            case .removed: .good
            case .retrying, .dryRun: .waiting
            case .operator, .protected: .bad
            case .absent, .serviceUser: nil
            }
        return Table.Cell(outcome.rawValue, colour)
    }
}

extension String {
    /// The text with spaces behind it up to a width.
    func padding(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
