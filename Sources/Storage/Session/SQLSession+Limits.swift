internal import Foundation
internal import Offboarding

extension SQLSession {
    func limitOverrides(at now: Date) throws -> [LimitOverride] {
        try rows(
            "SELECT * FROM limit_overrides WHERE ended_at IS NULL AND ends_at > ?1 AND begins_at <= ?1 ORDER BY id",
            [now.milliseconds]
        ).map(Self.limitOverride)
    }

    func limitOverrides(limit: Int) throws -> [LimitOverride] {
        try rows("SELECT * FROM limit_overrides ORDER BY id DESC LIMIT ?", [limit]).map(Self.limitOverride)
    }

    func limitOverride(_ id: LimitOverrideID) throws -> LimitOverride? {
        try row("SELECT * FROM limit_overrides WHERE id = ?", [id.text]).map(Self.limitOverride)
    }

    func insert(_ override: LimitOverride) throws {
        try execute(
            """
            INSERT INTO limit_overrides (id, people, sender, reason, said_by, begins_at, ends_at, ended_at, ended_by)
            VALUES (\(Self.placeholders(9)))
            """,
            [
                override.id.text, override.people, override.sender, override.reason, override.by,
                override.from.milliseconds, override.until.milliseconds, override.endedAt?.milliseconds,
                override.endedBy,
            ]
        )
        try note(.raised(override, at: now))
    }

    func update(_ override: LimitOverride) throws {
        try execute(
            "UPDATE limit_overrides SET ended_at = ?, ended_by = ? WHERE id = ?",
            [override.endedAt?.milliseconds, override.endedBy, override.id.text]
        )
        if let event = AuditEvent.ended(override, at: now) { try note(event) }
    }

    private static func limitOverride(_ row: SQLRow) -> LimitOverride {
        LimitOverride(
            id: LimitOverrideID(row["id"]),
            people: row["people"],
            sender: row["sender"],
            reason: row["reason"],
            by: row["said_by"],
            from: Date(milliseconds: row["begins_at"]),
            until: Date(milliseconds: row["ends_at"]),
            endedAt: date(row["ended_at"]),
            endedBy: row["ended_by"]
        )
    }
}
