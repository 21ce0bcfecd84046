package import Foundation
package import Offboarding

/// Everybody whose departure was told of in a period, with when and where they were removed.
package struct OffboardingReport: Sendable {
    /// What came of a case, as far as a report tells cases apart.
    package enum Outcome: String, Sendable, CaseIterable {
        case removed
        case noAccount = "no_account"
        case dryRun = "dry_run"
        /// Held or in attention: a person is needed.
        case needsPerson = "needs_person"
        case underWay = "under_way"
        /// Cancelled or refused.
        case ended

        package init(_ shown: Case) {
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
        package var name: String { rawValue.replacing("_", with: " ") }
    }

    package struct Row: Sendable {
        package let shown: Case
        package let removals: [Removal]
        package let outcome: Outcome
        /// What is not as it should be, or was decided by a person; for people, without an email.
        package let exceptions: [String]

        /// Seconds from when access was to end, told or effective, to the proof that it had.
        package var secondsToRevoke: TimeInterval? {
            guard outcome == .removed, let finishedAt = shown.finishedAt else { return nil }
            return finishedAt.timeIntervalSince(max(shown.receivedAt, shown.effectiveAt ?? shown.receivedAt))
        }

        /// Where access ended.
        package var organizations: [String] {
            removals.filter { $0.outcome == .removed }.compactMap { $0.organizationName ?? $0.organizationID?.text }
        }
    }

    package let from: Date?
    package let to: Date?
    package let sender: String?
    /// Oldest first.
    package let rows: [Row]

    /// - Parameters:
    ///   - from: departures received at or after it; `nil` for all that is kept.
    ///   - to: departures received before it.
    ///   - sender: only what this one told of.
    ///   - limit: only the newest cases, so many of them; `nil` for all.
    package init(
        from: Date?,
        to: Date?,
        sender: String?,
        newest limit: Int? = nil,
        in session: any StoreReadings
    ) throws {
        self.from = from
        self.to = to
        self.sender = sender
        // Ids tell when a case was opened, which a clock that was set back can move before its delivery: good enough for
        // a glance, not for a report of all.
        let since = limit == nil ? nil : from
        rows = try session.cases(matching: CaseFilter(since: since, limit: limit)).reversed().compactMap { shown in
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
    package var counts: [(outcome: Outcome, count: Int)] {
        Outcome.allCases.map { outcome in (outcome, rows.count { $0.outcome == outcome }) }
    }

    /// Seconds within which so large a part of the removed were removed, 0 to 1; `nil` where nobody was.
    package func secondsToRevoke(ofPart part: Double) -> TimeInterval? {
        let seconds = rows.compactMap(\.secondsToRevoke).sorted()
        guard !seconds.isEmpty else { return nil }
        return seconds[min(seconds.count - 1, Int((Double(seconds.count) * part).rounded(.down)))]
    }

    /// The period, for people.
    package var period: String {
        switch (from, to) {
        case (nil, nil): "all that is kept"
        case (let from?, nil): "since \(TimeText.text(from))"
        case (nil, let to?): "before \(TimeText.text(to))"
        case (let from?, let to?): "\(TimeText.text(from)) to \(TimeText.text(to))"
        }
    }

    /// A length of time for people, to a tenth of a second below a minute.
    package static func duration(_ seconds: TimeInterval) -> String {
        switch seconds {
        case ..<60: String(format: "%.1f s", max(0, seconds))
        case ..<3600: String(format: "%.1f min", seconds / 60)
        case ..<86_400: String(format: "%.1f h", seconds / 3600)
        default: String(format: "%.1f d", seconds / 86_400)
        }
    }

    package var json: JSONOutput {
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
}
