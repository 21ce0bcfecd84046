internal import Foundation
internal import Offboarding

extension SQLSession {
    /// How long an announced test is awaited, in milliseconds: far longer than any sender's timestamp is accepted.
    private static let testMemory: Int64 = 86_400_000

    /// How long a heartbeat is of interest, in milliseconds: far longer than anybody counts as alive by it.
    private static let heartbeatMemory: Int64 = 3_600_000

    /// Changes something that means nothing: whether the store can be written shows only so.
    func tryToWrite() throws { try execute("UPDATE writability SET tries = tries + 1", []) }

    func heartbeats() throws -> [Heartbeat] {
        try rows("SELECT worker, at, listener FROM heartbeats ORDER BY at DESC, worker").map { row in
            Heartbeat(worker: row[0], at: Date(milliseconds: row[1]), listener: row[2])
        }
    }

    func beat(_ heartbeat: Heartbeat) throws {
        // Those of processes that were killed.
        try execute("DELETE FROM heartbeats WHERE at < ?", [heartbeat.at.milliseconds - Self.heartbeatMemory])
        try execute(
            """
            INSERT INTO heartbeats (worker, at, listener) VALUES (?, ?, ?)
            ON CONFLICT (worker) DO UPDATE SET at = excluded.at, listener = excluded.listener
            """,
            [heartbeat.worker, heartbeat.at.milliseconds, heartbeat.listener]
        )
    }

    func removeHeartbeat(of worker: String) throws {
        try execute("DELETE FROM heartbeats WHERE worker = ?", [worker])
    }

    func isAnnouncedTest(sender: String, key: ReplayKey) throws -> Bool {
        try row(
            "SELECT 1 FROM announced_tests WHERE sender = ? AND signed_id = ? AND body_digest = ?",
            [sender, key.storedID, key.bodyDigest]
        ) != nil
    }

    func announceTest(sender: String, key: ReplayKey, at: Date) throws {
        try execute("DELETE FROM announced_tests WHERE at < ?", [at.milliseconds - Self.testMemory])
        try execute(
            """
            INSERT INTO announced_tests (sender, signed_id, body_digest, at) VALUES (?, ?, ?, ?)
            ON CONFLICT (sender, signed_id, body_digest) DO UPDATE SET at = excluded.at
            """,
            [sender, key.storedID, key.bodyDigest, at.milliseconds]
        )
    }
}
