internal import Foundation
internal import Offboarding

extension SQLSession {
    func noticeCause(of subject: String) throws -> String? {
        try row("SELECT cause FROM notice_causes WHERE subject = ?", [subject]).map { $0[0] }
    }

    func setNoticeCause(_ cause: String?, of subject: String) throws {
        guard let cause else {
            try execute("DELETE FROM notice_causes WHERE subject = ?", [subject])
            return
        }
        try execute(
            "INSERT INTO notice_causes (subject, cause) VALUES (?, ?) ON CONFLICT (subject) DO UPDATE SET cause = excluded.cause",
            [subject, cause]
        )
    }

    func insert(_ notice: Notice) throws {
        try execute(
            "INSERT INTO notices (kind, at, content) VALUES (?, ?, ?)",
            [notice.kind.rawValue, notice.at.milliseconds, try JSONText.encode(notice)]
        )
    }

    func notices(of kind: Notice.Kind, after sequence: Int64, limit: Int) throws -> [Notice] {
        try rows(
            "SELECT content FROM notices WHERE kind = ? AND sequence > ? ORDER BY sequence LIMIT ?",
            [kind.rawValue, sequence, max(0, limit)]
        ).map { try JSONText.decode($0[0]) }
    }

    func countNotices(of kind: Notice.Kind, after sequence: Int64) throws -> (count: Int, last: Int64) {
        let found = try row(
            "SELECT count(*), coalesce(max(sequence), ?1) FROM notices WHERE kind = ?2 AND sequence > ?1",
            [sequence, kind.rawValue]
        )
        return found.map { ($0[0], $0[1]) } ?? (0, sequence)
    }

    func lastNotice(before date: Date) throws -> Int64 {
        try row(
            "SELECT sequence FROM notices WHERE at < ? ORDER BY at DESC, sequence DESC LIMIT 1",
            [date.milliseconds]
        ).map { $0[0] } ?? 0
    }

    func noticeCursor(of target: String, _ kind: Notice.Kind) throws -> NoticeCursor? {
        try row(
            "SELECT through, quiet_until FROM notice_cursors WHERE target = ? AND kind = ?",
            [target, kind.rawValue]
        ).map { NoticeCursor(target: target, kind: kind, through: $0[0], quietUntil: Date(milliseconds: $0[1])) }
    }

    func save(_ cursor: NoticeCursor) throws {
        try execute(
            """
            INSERT INTO notice_cursors (target, kind, through, quiet_until) VALUES (?, ?, ?, ?)
            ON CONFLICT (target, kind) DO UPDATE SET through = excluded.through, quiet_until = excluded.quiet_until
            """,
            [cursor.target, cursor.kind.rawValue, cursor.through, cursor.quietUntil.milliseconds]
        )
    }

    func hasMessage(to target: String, _ kind: Notice.Kind) throws -> Bool {
        try row(
            "SELECT 1 FROM notice_messages WHERE target = ? AND kind = ? LIMIT 1",
            [target, kind.rawValue]
        ) != nil
    }

    func hasDueMessage(to target: String, now: Date) throws -> Bool {
        try row(
            "SELECT 1 FROM notice_messages WHERE target = ? AND due_at <= ? LIMIT 1",
            [target, now.milliseconds]
        ) != nil
    }

    func insert(_ message: NoticeMessage) throws {
        try execute(
            """
            INSERT INTO notice_messages (id, target, kind, notices, count, made_at, troubles, due_at)
            VALUES (\(Self.placeholders(8)))
            """,
            [
                message.id.text, message.target, message.kind.rawValue, try JSONText.encode(message.notices),
                message.count, message.madeAt.milliseconds, message.troubles, message.dueAt.milliseconds,
            ]
        )
    }

    func takeDueMessage(to target: String, now: Date, again: Date) throws -> NoticeMessage? {
        let due = try row(
            "SELECT * FROM notice_messages WHERE target = ? AND due_at <= ? ORDER BY due_at, id LIMIT 1",
            [target, now.milliseconds]
        ).map(Self.message)
        guard let due else { return nil }
        try execute("UPDATE notice_messages SET due_at = ? WHERE id = ?", [again.milliseconds, due.id.text])
        return due
    }

    func update(_ message: NoticeMessage) throws {
        try execute(
            "UPDATE notice_messages SET troubles = ?, due_at = ? WHERE id = ?",
            [message.troubles, message.dueAt.milliseconds, message.id.text]
        )
    }

    func removeMessage(_ id: NoticeMessageID) throws {
        try execute("DELETE FROM notice_messages WHERE id = ?", [id.text])
    }

    private static func message(_ row: SQLRow) throws -> NoticeMessage {
        NoticeMessage(
            id: NoticeMessageID(row["id"]),
            target: row["target"],
            kind: try word(row["kind"], "kind of notice"),
            notices: try JSONText.decode(row["notices"]),
            count: row["count"],
            madeAt: Date(milliseconds: row["made_at"]),
            troubles: row["troubles"],
            dueAt: Date(milliseconds: row["due_at"])
        )
    }
}
