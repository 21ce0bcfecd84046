internal import Foundation
internal import Offboarding

/// Each number is read from an index that holds what is counted and nothing else.
extension SQLSession {
    func figures(at now: Date, shadows: Set<String>) throws -> StoreFigures {
        var figures = StoreFigures()
        for state in CaseState.allCases {
            figures.cases[state] = try count(
                "SELECT count(*) FROM cases \(indexed(by: "cases_state")) WHERE state = ?",
                [state.rawValue]
            )
        }
        figures.unrevokedSince = try unrevokedSince(at: now, shadows: shadows)
        figures.queued = try count(
            "SELECT count(*) FROM deliveries \(indexed(by: "deliveries_accepted")) WHERE state = 'accepted' AND is_read = 0"
        )
        figures.queuedSince = try row(
            """
            SELECT received_at FROM deliveries \(indexed(by: "deliveries_accepted"))
            WHERE state = 'accepted' AND is_read = 0 ORDER BY sequence LIMIT 1
            """,
            []
        ).flatMap { Self.date($0[0]) }
        figures.awaitedLookups = try count("SELECT count(*) FROM open_parts WHERE due_at IS NOT NULL")
        figures.unresolved = try countDeliveries(.unresolved)
        figures.quarantined = try countDeliveries(.quarantined)
        figures.back = try count("SELECT count(*) FROM watches WHERE due_at IS NOT NULL AND back <> '[]'")
        for row in try rows("SELECT target, count(*) FROM notice_messages GROUP BY target") {
            figures.waitingNotices[row[0]] = row[1]
        }
        figures.losses = try count("SELECT count(*) FROM losses")
        try audit?.flush()
        if let last = try row(
            "SELECT sequence, at FROM audit_entries WHERE sequence = (SELECT max(sequence) FROM audit_entries)",
            []
        ) {
            figures.auditEntries = last[0]
            figures.lastAuditEntry = Self.date(last[1])
        }
        figures.sweep = try sweepSchedule()
        return figures
    }

    private func countDeliveries(_ state: Delivery.State) throws -> Int {
        try count(
            """
            SELECT count(*) FROM deliveries \(indexed(by: "deliveries_unusual"))
            WHERE is_read = 1 AND state <> 'interpreted' AND state = ?
            """,
            [state.rawValue]
        )
    }

    private func unrevokedSince(at now: Date, shadows: Set<String>) throws -> Date? {
        let (conditions, arguments) = unrevoked(at: now, shadows: shadows)
        return try row("SELECT min(\(Self.began)) \(conditions)", arguments).flatMap { Self.date($0[0]) }
    }

    func untoldCases(unrevokedSince since: Date, now: Date, shadows: Set<String>, limit: Int) throws -> [Case] {
        let (conditions, arguments) = unrevoked(at: now, shadows: shadows)
        return try rows(
            """
            SELECT c.* \(conditions) AND \(Self.began) <= ?
                AND NOT EXISTS (SELECT 1 FROM notice_causes n WHERE n.subject = 'case ' || c.id || ', deadline')
            ORDER BY c.id LIMIT ?
            """,
            arguments + [since.milliseconds, max(0, limit)]
        ).map(`case`)
    }

    func cases(finishedFrom from: Date, to: Date) throws -> [Case] {
        try rows(
            "SELECT * FROM cases \(indexed(by: "cases_finished")) WHERE finished_at >= ? AND finished_at < ? ORDER BY finished_at",
            [from.milliseconds, to.milliseconds]
        ).map(`case`)
    }

    /// Since when a case's person has kept access.
    private static let began = "CASE WHEN c.effective_at > c.received_at THEN c.effective_at ELSE c.received_at END"

    /// Open cases in effect that would remove somebody. One that was done before and is open again is about somebody who
    /// came back.
    private func unrevoked(at now: Date, shadows: Set<String>) -> (String, SQLArguments) {
        let open = CaseState.allCases.filter(\.isOpen).map(\.rawValue)
        let shadows = shadows.sorted()
        let names = Self.placeholders(shadows.count)
        let notForShadows =
            shadows.isEmpty
            ? ""
            : """
            AND (c.sender NOT IN (\(names)) OR EXISTS (
                SELECT 1 FROM statements s
                WHERE s.case_id = c.id AND s.kind = 'departed' AND s.sender NOT IN (\(names))))
            """
        let conditions = """
            FROM cases c \(indexed(by: "cases_state"))
            WHERE c.state IN (\(Self.placeholders(open.count))) AND c.result IS NULL
                AND coalesce(c.restraint, '') <> 'test' AND coalesce(c.effective_at, 0) <= ? \(notForShadows)
            """
        return (conditions, open as SQLArguments + [now.milliseconds] + (shadows + shadows) as SQLArguments)
    }

    private func count(_ sql: String, _ arguments: SQLArguments = []) throws -> Int {
        try row(sql, arguments)?[0] ?? 0
    }
}
