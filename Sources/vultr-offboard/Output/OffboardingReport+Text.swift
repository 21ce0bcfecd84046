import Foundation
import Offboarding
import Presentation

/// The report as a terminal shows it, and for spreadsheets.
extension OffboardingReport {
    /// What it comes to in one line.
    var title: String {
        let words = counts.filter { $0.count > 0 }.map { "\($0.count) \($0.outcome.name)" }
        let whose = sender.map { "sender \(HarmlessText.text($0)), " } ?? ""
        let head = "\(whose)\(period): \(rows.count) departures"
        return words.isEmpty ? head : "\(head): \(words.joined(separator: ", "))"
    }

    func text(colours: Bool) -> String {
        guard !rows.isEmpty else { return title }
        var table = Table("TOLD", "PERSON", "STATE", "RESULT", "REMOVED", "TOOK", "ORGANIZATIONS", "CASE", "EXCEPTIONS")
        for row in rows {
            table.add(
                Table.Cell(TimeText.text(row.shown.receivedAt)),
                Table.Cell(row.shown.email.text),
                CasePresentation.cell(row.shown.state),
                Table.Cell(row.shown.result?.rawValue),
                Table.Cell(row.outcome == .removed ? row.shown.finishedAt.map(TimeText.text) : nil),
                Table.Cell(row.secondsToRevoke.map(Self.duration)),
                Table.Cell(row.organizations.joined(separator: ", ")),
                Table.Cell(row.shown.id.text),
                Table.Cell(row.exceptions.joined(separator: "; "))
            )
        }
        var text = title
        if let median = secondsToRevoke(ofPart: 0.5), let slowest = secondsToRevoke(ofPart: 1) {
            text += "\ntime to revoke: median \(Self.duration(median)), slowest \(Self.duration(slowest))"
        }
        return text + "\n\n" + table.text(colours: colours)
    }

    /// RFC 4180, with a heading; lines end with LF.
    var csv: String {
        let heading = [
            "told_at", "effective_at", "removed_at", "milliseconds_to_revoke", "email", "case", "sender", "state",
            "result",
            "organizations", "exceptions",
        ]
        let lines = rows.map { row -> [String] in
            [
                TimeText.text(row.shown.receivedAt), row.shown.effectiveAt.map(TimeText.text) ?? "",
                row.outcome == .removed ? row.shown.finishedAt.map(TimeText.text) ?? "" : "",
                row.secondsToRevoke.map { String(Int(($0 * 1000).rounded())) } ?? "", row.shown.email.text,
                row.shown.id.text, row.shown.sender, row.shown.state.rawValue, row.shown.result?.rawValue ?? "",
                row.organizations.joined(separator: "; "), row.exceptions.joined(separator: "; "),
            ]
        }
        return ([heading] + lines).map { $0.map(CSVText.cell).joined(separator: ",") }.joined(separator: "\n")
    }
}
