extension Schema {
    /// What was found missing when the store was opened. Rows are never deleted.
    static let losses = """
        CREATE TABLE losses (
            sequence INTEGER PRIMARY KEY,
            found_at INTEGER NOT NULL,
            pages INTEGER NOT NULL,
            deliveries INTEGER NOT NULL,
            kept_until INTEGER,
            lost_until INTEGER,
            is_consistent INTEGER NOT NULL,
            evidence TEXT,
            is_told INTEGER NOT NULL
        ) STRICT;
        """
}
