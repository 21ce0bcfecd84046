extension Schema {
    /// What became of the credentials of those who left. No credential is kept.
    static let credentials = """
        CREATE TABLE credential_endings (
            case_id TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
            user_id TEXT NOT NULL,
            kind TEXT NOT NULL,
            key TEXT NOT NULL,
            outcome TEXT NOT NULL,
            count INTEGER NOT NULL,
            http_status INTEGER,
            detail TEXT,
            PRIMARY KEY (case_id, user_id, kind, key)
        ) STRICT, WITHOUT ROWID;
        """
}
