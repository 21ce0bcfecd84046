internal import Foundation
internal import GRDB
internal import Offboarding

extension SQLiteStore {
    /// Keeps what is missing, and begins to claim anew from what is there.
    static func compare(
        _ pool: DatabasePool,
        _ missing: MissingLog?,
        _ mark: CommitMark,
        log: String,
        at now: Date
    ) throws -> StoreLoss? {
        // No transaction: a command must not wait for a daemon's.
        let newest = try pool.writeWithoutTransaction { try SQLSession(SQLiteDatabase($0)).newestDelivery() }
        var loss: StoreLoss?
        if let missing, !missing.isGone || newest?.sequence ?? 0 < missing.claim.sequence {
            loss = try pool.write { database in
                try SQLSession(SQLiteDatabase(database)).recordLoss(
                    pages: missing.pages,
                    claim: missing.claim,
                    isConsistent: String.fetchAll(database, sql: "PRAGMA integrity_check(1)") == ["ok"],
                    evidence: missing.evidence,
                    at: now
                )
            }
        }
        mark.begin(sequence: newest?.sequence ?? 0, receivedAt: newest?.receivedAt ?? 0, log: log)
        return loss
    }

    /// Copies the log back, so that the store's own file holds everything once the daemon has ended; not while somebody
    /// reads from the log.
    static func emptyLog(_ database: Database, _ mark: CommitMark) {
        mark.release()
        do {
            try database.execute(sql: "PRAGMA busy_timeout = 0")
            _ = try Row.fetchOne(database, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
        } catch {
            // The log stays where it is, and the next one to open the store takes it.
            return
        }
    }
}
