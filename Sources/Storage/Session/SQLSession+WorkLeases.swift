internal import Foundation
internal import Offboarding

extension SQLSession {
    /// No clock that leases are judged by is so far ahead of another, in milliseconds: one was set back since.
    private static let longestLead = 60_000

    func takeLease(of work: SharedWork, owner: String, now: Date, until: Date) throws -> Bool {
        try execute(
            """
            INSERT INTO work_leases (work, owner, until) VALUES (?1, ?2, ?3)
            ON CONFLICT (work) DO UPDATE SET owner = excluded.owner, until = excluded.until
                WHERE work_leases.owner = excluded.owner OR work_leases.until < ?4
                    OR work_leases.until > excluded.until + \(Self.longestLead)
            """,
            [work.rawValue, owner, until.milliseconds, now.milliseconds]
        ) == 1
    }

    func endLease(of work: SharedWork, owner: String) throws {
        try execute("DELETE FROM work_leases WHERE work = ? AND owner = ?", [work.rawValue, owner])
    }
}
