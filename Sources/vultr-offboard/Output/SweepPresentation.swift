import Offboarding
import Presentation

/// Somebody who is back, as a row of `sweep`.
struct SweepRow: Sendable {
    let shown: Case
    let watch: Watch
    let invitations: [CaseInvitation]

    init?(_ id: CaseID, in session: any StoreReadings) throws {
        guard let found = try session.case(id), let watch = try session.watch(of: id) else { return nil }
        shown = found
        self.watch = watch
        invitations = try session.invitations(of: id)
    }

    var json: JSONOutput {
        .object([
            ("email", .text(shown.email.text)),
            ("case", .text(shown.id.text)),
            ("sender", .text(shown.sender)),
            ("offboarded_at", .optional(watch.since)),
            ("back_since", .optional(watch.backSince)),
            ("organizations", WatchPresentation.json(watch.back)),
            ("invitations", WatchPresentation.json(invitations)),
            ("removed_again_by", .optional(watch.followedBy?.text)),
        ])
    }
}

/// What a sweep found, ready to be shown.
struct SweepPresentation: Sendable {
    let report: SweepReport
    let people: [SweepRow]

    /// One object for each person who is back.
    var json: JSONOutput { .list(people.map(\.json)) }

    var table: Table {
        var table = Table("PERSON", "ORGANIZATIONS", "CASE", "OFFBOARDED", "BACK SINCE", "REMOVED AGAIN BY")
        for row in people {
            table.add(
                Table.Cell(row.shown.email.text, .bad),
                Table.Cell(row.watch.back.map(WatchPresentation.text).joined(separator: ", ")),
                Table.Cell(row.shown.id.text),
                Table.Cell(TimeText.text(row.watch.since)),
                Table.Cell(row.watch.backSince.map(TimeText.text)),
                Table.Cell(row.watch.followedBy?.text)
            )
        }
        return table
    }

    /// What concerns nobody who is back.
    var notes: [String] {
        var notes: [String] = []
        if !report.uncovered.isEmpty {
            notes.append("not covered by any key: \(report.uncovered.map(\.text).joined(separator: ", "))")
        }
        notes += report.problems.map { "not proven: \($0.message)" }
        notes += report.remarks.map { "not seen: \($0)" }
        let invited = report.invited.map(\.text).joined(separator: ", ")
        if !invited.isEmpty { notes.append("invited again, see show CASE: \(invited)") }
        return notes
    }

    var status: CommandStatus {
        if !report.back.isEmpty { return .no }
        if report.problems.isEmpty { return .done }
        return report.problems.allSatisfy(\.passes) ? .unavailable : .no
    }
}
