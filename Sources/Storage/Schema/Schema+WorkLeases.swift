extension Schema {
    /// Who does what one daemon does for all, and until when: a handful of rows.
    static let workLeases = """
        CREATE TABLE work_leases (
            work TEXT NOT NULL PRIMARY KEY,
            owner TEXT NOT NULL,
            until INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        """
}
