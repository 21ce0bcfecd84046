extension Schema {
    /// When copies were made and put in the store's place. The newest row of a copy says when it was made; a store that
    /// was restored keeps it.
    static let backups = """
        CREATE TABLE backups (
            sequence INTEGER PRIMARY KEY,
            taken_at INTEGER NOT NULL,
            restored_at INTEGER
        ) STRICT;
        """
}
