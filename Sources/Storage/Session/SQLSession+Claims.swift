internal import Foundation
internal import Offboarding

extension SQLSession {
    func claimDueCases(owner: String, now: Date, leaseUntil: Date, limit: Int) throws -> [Case] {
        // A running case without a lease cannot be made by a worker; should there be one, it is free at once rather
        // than lost.
        // Each half is bounded by its own index; a backlog must not be sorted for the sake of its first few.
        let due = try rows(
            """
            SELECT id FROM (
                SELECT * FROM (
                    SELECT id, due_at AS due FROM cases
                    WHERE due_at IS NOT NULL AND state IN ('scheduled', 'queued', 'retrying', 'attention')
                        AND due_at <= ?1
                    ORDER BY due_at, id LIMIT ?2
                ) AS waiting
                UNION ALL
                SELECT * FROM (
                    SELECT id, coalesce(lease_until, 0) AS due FROM cases
                    WHERE state = 'running' AND coalesce(lease_until, 0) < ?1
                    ORDER BY coalesce(lease_until, 0), id LIMIT ?2
                ) AS left_behind
            ) AS found ORDER BY due, id LIMIT ?2
            """,
            [now.milliseconds, max(0, limit)]
        ).map { CaseID($0[0]) }
        return try due.compactMap { id in
            try `case`(id).map { try take($0, Case.Lease(owner: owner, until: leaseUntil)) }
        }
    }

    func claim(_ id: CaseID, owner: String, now: Date, leaseUntil: Date) throws -> Case? {
        guard let found = try `case`(id) else { return nil }
        switch found.state {
        case .scheduled where found.dueAt.map { $0 > now } ?? false: return nil
        // Nor for the same owner: two of its tasks would work on one case.
        case .running where found.lease.map { $0.until >= now } ?? false: return nil
        case .held, .completed, .cancelled, .refused: return nil
        case .scheduled, .queued, .running, .retrying, .attention:
            return try take(found, Case.Lease(owner: owner, until: leaseUntil))
        }
    }

    /// Moves a case that may be taken to `running`, through the domain's own transitions.
    private func take(_ found: Case, _ lease: Case.Lease) throws -> Case {
        var taken = found
        if taken.state == .scheduled { try taken.apply(.due) }
        if taken.state == .running { try taken.apply(.released) }
        try taken.apply(.claimed)
        taken.lease = lease
        try change(taken)
        return taken
    }

    func extendLeases(of cases: [CaseID], owner: String, until: Date) throws {
        for id in cases {
            try execute(
                "UPDATE cases SET lease_until = ? WHERE id = ? AND state = 'running' AND lease_owner = ?",
                [until.milliseconds, id.text, owner]
            )
        }
    }

    func bringForward(to now: Date, dueAfter latest: Date, scheduledUpTo grace: Date) throws -> Int {
        let changes: [(String, SQLArguments)] = [
            (
                """
                UPDATE cases SET due_at = ?1 WHERE due_at IS NOT NULL AND due_at > ?2
                    AND state IN ('scheduled', 'queued', 'retrying', 'attention') AND state <> 'scheduled'
                """, [now.milliseconds, latest.milliseconds]
            ),
            (
                """
                UPDATE cases SET due_at = CASE WHEN effective_at > ?1 THEN effective_at ELSE ?1 END
                WHERE due_at IS NOT NULL AND due_at > ?1
                    AND state IN ('scheduled', 'queued', 'retrying', 'attention') AND state = 'scheduled'
                    AND due_at > CASE WHEN effective_at > ?1 THEN effective_at ELSE ?1 END
                """, [grace.milliseconds]
            ),
            (
                "UPDATE cases SET lease_until = ?1 WHERE state = 'running' AND coalesce(lease_until, 0) > ?1",
                [latest.milliseconds]
            ),
        ]
        var brought = 0
        for (sql, arguments) in changes { brought += try execute(sql, arguments) }
        for table in ["open_parts", "notice_messages", "chat_messages"] {
            brought += try execute(
                "UPDATE \(table) SET due_at = ?1 WHERE due_at IS NOT NULL AND due_at > ?2",
                [now.milliseconds, latest.milliseconds]
            )
        }
        return brought
    }

    func releaseLeases(ownedByPrefix ownerPrefix: String, now: Date) throws -> Int {
        let running = try rows("SELECT * FROM cases \(indexed(by: "cases_state")) WHERE state = 'running' ORDER BY id")
            .map { CaseID($0["id"]) }
        var released = 0
        for id in running {
            guard var found = try `case`(id), let owner = found.lease?.owner else { continue }
            guard owner.utf8.starts(with: ownerPrefix.utf8) else { continue }
            try found.apply(.released)
            found.dueAt = now
            try update(found)
            released += 1
        }
        return released
    }
}
