import Foundation
import Offboarding

/// Everybody whose departure was told of in a period, with when and where they were removed.
struct OffboardingReport: Sendable {
    /// What came of a case, as far as a report tells cases apart.
    enum Outcome: String, Sendable, CaseIterable {
        case removed
        case noAccount = "no_account"
        case dryRun = "dry_run"
        /// Held or in attention: a person is needed.
        case needsPerson = "needs_person"
        case underWay = "under_way"
        /// Cancelled or refused.
        case ended

        init(_ shown: Case) {
            switch (shown.state, shown.result) {
            case (.completed, .removed): self = .removed
            case (.completed, .noAccount): self = .noAccount
            case (.completed, _): self = .dryRun
            case (.held, _), (.attention, _): self = .needsPerson
            case (.cancelled, _), (.refused, _): self = .ended
            case (.scheduled, _), (.queued, _), (.running, _), (.retrying, _): self = .underWay
            }
        }

        /// For people.
        var name: String { rawValue.replacing("_", with: " ") }
    }

    struct Row: Sendable {
        let shown: Case
        let removals: [Removal]
        let outcome: Outcome
        /// What is not as it should be, or was decided by a person; for people, without an email.
        let exceptions: [String]

        /// Seconds from when access was to end, told or effective, to the proof that it had.
        var secondsToRevoke: TimeInterval? {
            guard outcome == .removed, let finishedAt = shown.finishedAt else { return nil }
            return finishedAt.timeIntervalSince(max(shown.receivedAt, shown.effectiveAt ?? shown.receivedAt))
        }

        /// Where access ended.
        var organizations: [String] {
            removals.filter { $0.outcome == .removed }.compactMap { $0.organizationName ?? $0.organizationID?.text }
        }
    }

    let from: Date?
    let to: Date?
    let sender: String?
    /// Oldest first.
    let rows: [Row]

    /// - Parameters:
    ///   - from: departures received at or after it; `nil` for all that is kept.
    ///   - to: departures received before it.
    ///   - sender: only what this one told of.
    init(from: Date?, to: Date?, sender: String?, in session: any StoreReadings) throws {
        self.from = from
        self.to = to
        self.sender = sender
        rows = try session.cases(matching: CaseFilter()).reversed().compactMap { shown in
            guard shown.restraint != .test, from.map({ shown.receivedAt >= $0 }) ?? true,
                to.map({ shown.receivedAt < $0 }) ?? true
            else { return nil }
            let tellers = try session.tellers(of: shown)
            if let sender, !tellers.contains(sender) { return nil }
            let removals = try session.removals(of: shown.id)
            return Row(
                shown: shown,
                removals: removals,
                outcome: Outcome(shown),
                exceptions: Self.exceptions(shown, removals, try session.credentialEndings(of: shown.id))
            )
        }
    }

    private static func exceptions(
        _ shown: Case,
        _ removals: [Removal],
        _ credentials: [CredentialEnding]
    ) -> [String] {
        var exceptions: [String] = []
        if let reason = shown.reason { exceptions.append(reason) }
        if let approval = shown.approval { exceptions.append("approved by \(approval.by)") }
        if !shown.uncovered.isEmpty { exceptions.append("\(shown.uncovered.count) organizations are not covered") }
        let left = removals.filter { $0.outcome == .protected || $0.outcome == .serviceUser }
        if !left.isEmpty { exceptions.append("\(left.count) memberships left alone") }
        let unfinished = credentials.filter(\.isUnfinished)
        if !unfinished.isEmpty { exceptions.append("\(unfinished.count) kinds of credentials not ended") }
        return exceptions
    }

    /// How many cases came to what; every outcome is there.
    var counts: [(outcome: Outcome, count: Int)] {
        Outcome.allCases.map { outcome in (outcome, rows.count { $0.outcome == outcome }) }
    }

    /// Seconds within which so large a part of the removed were removed, 0 to 1; `nil` where nobody was.
    func secondsToRevoke(ofPart part: Double) -> TimeInterval? {
        let seconds = rows.compactMap(\.secondsToRevoke).sorted()
        guard !seconds.isEmpty else { return nil }
        return seconds[min(seconds.count - 1, Int((Double(seconds.count) * part).rounded(.down)))]
    }

    /// The period, for people.
    var period: String {
        switch (from, to) {
        case (nil, nil): "all that is kept"
        case (let from?, nil): "since \(TimeText.text(from))"
        case (nil, let to?): "before \(TimeText.text(to))"
        case (let from?, let to?): "\(TimeText.text(from)) to \(TimeText.text(to))"
        }
    }

    /// What it comes to in one line.
    var title: String {
        let words = counts.filter { $0.count > 0 }.map { "\($0.count) \($0.outcome.name)" }
        let whose = sender.map { "sender \(Table.Cell.harmless($0)), " } ?? ""
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

    /// A length of time for people, to a tenth of a second below a minute.
    static func duration(_ seconds: TimeInterval) -> String {
        switch seconds {
        case ..<60: String(format: "%.1f s", max(0, seconds))
        case ..<3600: String(format: "%.1f min", seconds / 60)
        case ..<86_400: String(format: "%.1f h", seconds / 3600)
        default: String(format: "%.1f d", seconds / 86_400)
        }
    }

    var json: JSONOutput {
        .object([
            ("from", .optional(from)),
            ("to", .optional(to)),
            ("sender", .optional(sender)),
            (
                "summary",
                .object([("told", .integer(rows.count))] + counts.map { ($0.outcome.rawValue, .integer($0.count)) })
            ),
            ("people", .list(rows.map(Self.json))),
        ])
    }

    private static func json(_ row: Row) -> JSONOutput {
        .object([
            ("email", .text(row.shown.email.text)),
            ("case", .text(row.shown.id.text)),
            ("sender", .text(row.shown.sender)),
            ("told_at", .optional(row.shown.receivedAt)),
            ("effective_at", .optional(row.shown.effectiveAt)),
            ("state", .text(row.shown.state.rawValue)),
            ("result", .optional(row.shown.result?.rawValue)),
            ("removed_at", .optional(row.outcome == .removed ? row.shown.finishedAt : nil)),
            ("milliseconds_to_revoke", .optional(row.secondsToRevoke.map { Int(($0 * 1000).rounded()) })),
            ("organizations", .list(row.organizations.map(JSONOutput.text))),
            ("exceptions", .list(row.exceptions.map(JSONOutput.text))),
        ])
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
