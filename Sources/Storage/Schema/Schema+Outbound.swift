extension Schema {
    /// A delivery whose lookups are awaited has been read and is still accepted, so that "not yet read" needs a column of
    /// its own.
    static let openParts = """
        ALTER TABLE deliveries ADD COLUMN is_read INTEGER NOT NULL DEFAULT 0;
        DROP INDEX deliveries_accepted;
        CREATE INDEX deliveries_accepted ON deliveries (sequence) WHERE state = 'accepted' AND is_read = 0;

        CREATE TABLE open_parts (
            sequence INTEGER PRIMARY KEY,
            delivery TEXT NOT NULL,
            sender TEXT NOT NULL,
            received_at INTEGER NOT NULL,
            restraint TEXT,
            lookup_id TEXT,
            departure TEXT,
            state TEXT NOT NULL,
            reason TEXT,
            troubles INTEGER NOT NULL,
            trouble_since INTEGER,
            due_at INTEGER
        ) STRICT;
        CREATE INDEX open_parts_delivery ON open_parts (delivery, state, sequence);
        CREATE INDEX open_parts_due ON open_parts (sender, due_at, sequence) WHERE due_at IS NOT NULL;
        """

    /// Notices are appended once and read by each target from where its cursor stands. AUTOINCREMENT, because a sequence
    /// that was used must never come again behind a cursor.
    static let outbox = """
        CREATE TABLE notice_causes (
            subject TEXT NOT NULL PRIMARY KEY,
            cause TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE notices (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            kind TEXT NOT NULL,
            at INTEGER NOT NULL,
            content TEXT NOT NULL
        ) STRICT;
        CREATE INDEX notices_kind ON notices (kind, sequence);
        CREATE INDEX notices_at ON notices (at);

        CREATE TABLE notice_cursors (
            target TEXT NOT NULL,
            kind TEXT NOT NULL,
            through INTEGER NOT NULL,
            quiet_until INTEGER NOT NULL,
            PRIMARY KEY (target, kind)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE notice_messages (
            id TEXT NOT NULL PRIMARY KEY,
            target TEXT NOT NULL,
            kind TEXT NOT NULL,
            notices TEXT NOT NULL,
            count INTEGER NOT NULL,
            made_at INTEGER NOT NULL,
            troubles INTEGER NOT NULL,
            due_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX notice_messages_kind ON notice_messages (target, kind);
        CREATE INDEX notice_messages_due ON notice_messages (target, due_at, id);
        """
}
