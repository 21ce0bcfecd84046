internal import Foundation
internal import Offboarding

extension SQLSession {
    func chatThread(of id: CaseID) throws -> ChatThread? {
        try row("SELECT sender, reply_to, replaces, until, told FROM chat_threads WHERE case_id = ?", [id.text]).map {
            ChatThread(
                caseID: id,
                sender: $0[0],
                replyTo: $0[1],
                replaces: $0[2],
                until: Date(milliseconds: $0[3]),
                told: $0[4]
            )
        }
    }

    func save(_ thread: ChatThread) throws {
        try execute(
            """
            INSERT INTO chat_threads (case_id, sender, reply_to, replaces, until, told) VALUES (\(Self.placeholders(6)))
            ON CONFLICT (case_id) DO UPDATE SET sender = excluded.sender, reply_to = excluded.reply_to,
                replaces = excluded.replaces, until = excluded.until, told = excluded.told
            """,
            [
                thread.caseID.text, thread.sender, thread.replyTo, thread.replaces, thread.until.milliseconds,
                thread.told,
            ]
        )
    }

    func hasDueChatMessage(of sender: String, now: Date) throws -> Bool {
        try row(
            "SELECT 1 FROM chat_messages WHERE sender = ? AND due_at <= ? LIMIT 1",
            [sender, now.milliseconds]
        ) != nil
    }

    func insert(_ message: ChatMessage) throws {
        try execute(
            """
            INSERT INTO chat_messages (id, sender, content, reply_to, replaces, until, troubles, due_at)
            VALUES (\(Self.placeholders(8)))
            """,
            [
                message.id.text, message.sender, try JSONText.encode(message.content), message.replyTo,
                message.replaces, message.until.milliseconds, message.troubles, message.dueAt.milliseconds,
            ]
        )
    }

    func takeDueChatMessage(of sender: String, now: Date, again: Date) throws -> ChatMessage? {
        let due = try row(
            "SELECT * FROM chat_messages WHERE sender = ? AND due_at <= ? ORDER BY due_at, id LIMIT 1",
            [sender, now.milliseconds]
        ).map(Self.chatMessage)
        guard let due else { return nil }
        try execute("UPDATE chat_messages SET due_at = ? WHERE id = ?", [again.milliseconds, due.id.text])
        return due
    }

    func update(_ message: ChatMessage) throws {
        try execute(
            "UPDATE chat_messages SET troubles = ?, due_at = ? WHERE id = ?",
            [message.troubles, message.dueAt.milliseconds, message.id.text]
        )
    }

    func removeChatMessage(_ id: ChatMessageID) throws {
        try execute("DELETE FROM chat_messages WHERE id = ?", [id.text])
    }

    private static func chatMessage(_ row: SQLRow) throws -> ChatMessage {
        ChatMessage(
            id: ChatMessageID(row["id"]),
            sender: row["sender"],
            content: try JSONText.decode(row["content"]),
            replyTo: row["reply_to"],
            replaces: row["replaces"],
            until: Date(milliseconds: row["until"]),
            troubles: row["troubles"],
            dueAt: Date(milliseconds: row["due_at"])
        )
    }
}
