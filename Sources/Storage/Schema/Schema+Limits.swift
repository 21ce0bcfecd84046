extension Schema {
    /// What persons allowed beyond the limits. Rows are never deleted: who allowed what, and why, is asked for later.
    static let limits = """
        CREATE TABLE limit_overrides (
            id TEXT NOT NULL PRIMARY KEY,
            people INTEGER NOT NULL,
            sender TEXT,
            reason TEXT NOT NULL,
            said_by TEXT NOT NULL,
            begins_at INTEGER NOT NULL,
            ends_at INTEGER NOT NULL,
            ended_at INTEGER,
            ended_by TEXT
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX limit_overrides_end ON limit_overrides (ends_at) WHERE ended_at IS NULL;
        """
}
