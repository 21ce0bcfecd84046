extension Schema {
    /// Who is looked for again, the invitations that were seen for people who left, and when the next sweep is due.
    ///
    /// Those who were offboarded before there were sweeps are looked for, too, unless it was long ago: whoever came back
    /// since then did so with everybody's knowledge.
    static let sweep = """
        CREATE TABLE watches (
            case_id TEXT NOT NULL PRIMARY KEY REFERENCES cases (id) ON DELETE CASCADE,
            since INTEGER NOT NULL,
            due_at INTEGER,
            looked_at INTEGER,
            back TEXT NOT NULL,
            back_since INTEGER,
            followed_by TEXT,
            ended_because TEXT
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX watches_due ON watches (due_at, case_id) WHERE due_at IS NOT NULL;
        CREATE INDEX watches_followed ON watches (followed_by) WHERE followed_by IS NOT NULL;

        CREATE TABLE case_invitations (
            case_id TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            key TEXT NOT NULL,
            invitation TEXT,
            organization_id TEXT,
            organization_name TEXT,
            status TEXT,
            expires_at INTEGER,
            seen_at INTEGER NOT NULL,
            problem TEXT,
            PRIMARY KEY (case_id, position)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE sweep_schedule (
            only INTEGER PRIMARY KEY CHECK (only = 1),
            due_at INTEGER NOT NULL,
            asked INTEGER NOT NULL,
            answered INTEGER NOT NULL,
            trouble_since INTEGER,
            last TEXT
        ) STRICT;

        INSERT INTO watches (case_id, since, due_at, back)
        SELECT id, finished_at, finished_at + 86400000, '[]' FROM cases
        WHERE state = 'completed' AND result IN ('removed', 'no_account')
            AND finished_at > (SELECT max(finished_at) FROM cases) - 2592000000
            AND NOT EXISTS (
                SELECT 1 FROM case_emails mine
                JOIN case_emails other ON other.email = mine.email AND other.case_id > mine.case_id
                JOIN cases later ON later.id = other.case_id
                WHERE mine.case_id = cases.id
                    AND later.state = 'completed' AND later.result IN ('removed', 'no_account')
            );
        """
}
