extension Schema {
    /// The audit chain, who signed it, and the salts without which nobody can tell whom it is about.
    ///
    /// `at` and `case_id` stand beside the bytes only so that entries are found; what counts is in the bytes. A delivery
    /// knows its entry, so that none needs an index. `audited_state` is the state of the case's last entry.
    static let audit = """
        CREATE TABLE audit_entries (
            sequence INTEGER PRIMARY KEY,
            at INTEGER NOT NULL,
            case_id TEXT,
            bytes BLOB NOT NULL,
            hash BLOB NOT NULL
        ) STRICT;
        CREATE INDEX audit_entries_case ON audit_entries (case_id, sequence) WHERE case_id IS NOT NULL;

        CREATE TABLE audit_heads (
            sequence INTEGER PRIMARY KEY,
            key TEXT NOT NULL,
            signature BLOB NOT NULL
        ) STRICT;

        CREATE TABLE audit_keys (
            fingerprint TEXT NOT NULL PRIMARY KEY,
            key BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE audit_salts (
            email TEXT NOT NULL PRIMARY KEY,
            salt BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;

        ALTER TABLE deliveries ADD COLUMN audit_sequence INTEGER;
        ALTER TABLE deliveries ADD COLUMN audit_salt BLOB;
        ALTER TABLE cases ADD COLUMN audited_state TEXT;
        """
}
