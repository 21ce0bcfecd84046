extension Schema {
    /// Who was seen under which address, in which organization, and when last.
    static let sightings = """
        CREATE TABLE sightings (
            organization_id TEXT NOT NULL,
            user_id TEXT NOT NULL,
            email TEXT NOT NULL,
            first_seen_at INTEGER NOT NULL,
            last_seen_at INTEGER NOT NULL,
            PRIMARY KEY (organization_id, user_id, email)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX sightings_email ON sightings (email);
        CREATE INDEX sightings_last_seen ON sightings (last_seen_at);
        """
}
