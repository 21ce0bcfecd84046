extension Schema {
    /// When each secret of a sender last verified a delivery: a handful of rows, written once a batch. It takes the place of
    /// an index over all deliveries, which cost each of them an entry. An empty name stands for deliveries that no secret
    /// verified.
    static let secretUses = """
        CREATE TABLE secret_uses (
            sender TEXT NOT NULL,
            secret_name TEXT NOT NULL,
            used_at INTEGER NOT NULL,
            PRIMARY KEY (sender, secret_name)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO secret_uses (sender, secret_name, used_at)
            SELECT sender, COALESCE(secret_name, ''), MAX(received_at) FROM deliveries
            GROUP BY sender, COALESCE(secret_name, '');
        DROP INDEX deliveries_secret;
        """
}
