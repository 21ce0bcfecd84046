internal import GRDB

/// The store's tables. Migrations are append-only: one that was released is never changed.
enum Schema {
    /// What was done to the tables, in order, in SQLite's words; ``PostgreSQLSchema`` says it in PostgreSQL's.
    static let migrations = [
        ("2026-11 deliveries", deliveries), ("2026-11 cases", cases), ("2026-11 workers", workers),
        ("2026-11 open parts", openParts), ("2026-11 outbox", outbox), ("2026-11 origins", origins),
        ("2026-11 chat", chat), ("2026-11 limits", limits), ("2026-11 sweep", sweep),
        ("2026-12 sightings", sightings), ("2026-12 credentials", credentials),
        ("2026-12 audit", audit), ("2026-12 failed readings", failedReadings),
        ("2026-12 backups", backups), ("2026-12 losses", losses), ("2026-12 unusual deliveries", unusualDeliveries),
        ("2026-12 finished cases", finishedCases), ("2026-12 work leases", workLeases),
        ("2026-12 secret uses", secretUses),
    ].map { (name: $0.0, sql: $0.1) }

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        for (name, sql) in migrations {
            // Checked at once: deferred checks would switch foreign keys off for the connection meanwhile.
            migrator.registerMigration(name, foreignKeyChecks: .immediate) { try $0.execute(sql: sql) }
        }
        return migrator
    }

    /// Contents stand apart, so that settling a delivery does not write its body again, and so that bodies can go while
    /// replay keys stay. Signed ids are blobs, because SQLite's text may end at a NUL; an empty one stands for none. The
    /// replay key is not unique: one that is no longer remembered counts as new.
    private static let deliveries = """
        CREATE TABLE deliveries (
            sequence INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            sender TEXT NOT NULL,
            received_at INTEGER NOT NULL,
            signed_id BLOB NOT NULL,
            body_digest BLOB NOT NULL,
            secret_name TEXT,
            state TEXT NOT NULL,
            reason TEXT
        ) STRICT;
        CREATE INDEX deliveries_accepted ON deliveries (sequence) WHERE state = 'accepted';
        CREATE INDEX deliveries_replay_key ON deliveries (sender, signed_id, body_digest);

        CREATE TABLE delivery_contents (
            sequence INTEGER PRIMARY KEY REFERENCES deliveries (sequence) ON DELETE CASCADE,
            headers TEXT NOT NULL,
            body BLOB NOT NULL
        ) STRICT;

        CREATE TABLE repeated_deliveries (
            delivery TEXT NOT NULL PRIMARY KEY,
            noticed_at INTEGER NOT NULL,
            waiting INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX repeated_deliveries_waiting ON repeated_deliveries (noticed_at, delivery) WHERE waiting = 1;
        """

    /// Emails are in their compared form and compared byte for byte. The unique index makes it impossible that two
    /// open cases share one, whatever the code above does.
    private static let cases = """
        CREATE TABLE cases (
            id TEXT NOT NULL PRIMARY KEY,
            state TEXT NOT NULL,
            result TEXT,
            reason TEXT,
            sender TEXT NOT NULL,
            received_at INTEGER NOT NULL,
            occurred_at INTEGER NOT NULL,
            effective_at INTEGER,
            finished_at INTEGER,
            plan_digest TEXT,
            uncovered TEXT NOT NULL,
            approval TEXT,
            restraint TEXT,
            asked_by TEXT,
            troubles INTEGER NOT NULL,
            trouble_since INTEGER,
            due_at INTEGER,
            lease_owner TEXT,
            lease_until INTEGER
        ) STRICT;
        CREATE INDEX cases_state ON cases (state, id);
        CREATE INDEX cases_result ON cases (result, id) WHERE result IS NOT NULL;
        CREATE INDEX cases_due ON cases (due_at, id)
            WHERE due_at IS NOT NULL AND state IN ('scheduled', 'queued', 'retrying', 'attention');
        CREATE INDEX cases_leased ON cases (coalesce(lease_until, 0), id) WHERE state = 'running';

        CREATE TABLE case_emails (
            case_id TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            email TEXT NOT NULL,
            is_open INTEGER NOT NULL,
            PRIMARY KEY (case_id, position)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX case_emails_email ON case_emails (email, case_id);
        CREATE UNIQUE INDEX case_emails_open ON case_emails (email) WHERE is_open = 1;

        CREATE TABLE removals (
            case_id TEXT NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
            organization_id TEXT NOT NULL,
            user_id TEXT NOT NULL,
            unread_key TEXT NOT NULL,
            key TEXT NOT NULL,
            organization_name TEXT,
            outcome TEXT NOT NULL,
            http_status INTEGER,
            attempts INTEGER NOT NULL,
            may_have_been_applied INTEGER NOT NULL,
            planned_at INTEGER,
            detail TEXT,
            PRIMARY KEY (case_id, organization_id, user_id, unread_key)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX removals_planned ON removals (planned_at) WHERE planned_at IS NOT NULL;

        CREATE TABLE statements (
            sequence INTEGER PRIMARY KEY,
            kind TEXT NOT NULL,
            effective_at INTEGER,
            occurred_at INTEGER,
            sender TEXT NOT NULL,
            delivery TEXT,
            received_at INTEGER NOT NULL,
            ordered_at INTEGER NOT NULL,
            case_id TEXT
        ) STRICT;
        CREATE INDEX statements_delivery ON statements (delivery) WHERE delivery IS NOT NULL;

        CREATE TABLE statement_emails (
            statement INTEGER NOT NULL REFERENCES statements (sequence) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            email TEXT NOT NULL,
            PRIMARY KEY (statement, position)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX statement_emails_email ON statement_emails (email, statement);
        """

    private static let workers = """
        CREATE TABLE heartbeats (
            worker TEXT NOT NULL PRIMARY KEY,
            at INTEGER NOT NULL,
            listener TEXT
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE announced_tests (
            sender TEXT NOT NULL,
            signed_id BLOB NOT NULL,
            body_digest BLOB NOT NULL,
            at INTEGER NOT NULL,
            PRIMARY KEY (sender, signed_id, body_digest)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE writability (
            only INTEGER PRIMARY KEY CHECK (only = 1),
            tries INTEGER NOT NULL
        ) STRICT;
        INSERT INTO writability VALUES (1, 0);
        """
}
