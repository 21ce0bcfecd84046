extension Schema {
    /// Where chats hear of cases, and what is on its way to them. Both hold places to post to, which are as good as
    /// secrets for as long as the chat takes them, like the bodies of the deliveries that brought them.
    static let chat = """
        CREATE TABLE chat_threads (
            case_id TEXT NOT NULL PRIMARY KEY REFERENCES cases (id) ON DELETE CASCADE,
            sender TEXT NOT NULL,
            reply_to TEXT NOT NULL,
            replaces INTEGER NOT NULL,
            until INTEGER NOT NULL,
            told TEXT
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE chat_messages (
            id TEXT NOT NULL PRIMARY KEY,
            sender TEXT NOT NULL,
            content TEXT NOT NULL,
            reply_to TEXT NOT NULL,
            replaces INTEGER NOT NULL,
            until INTEGER NOT NULL,
            troubles INTEGER NOT NULL,
            due_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX chat_messages_due ON chat_messages (sender, due_at, id);
        """
}
