internal import GRDB
internal import Offboarding

/// A connection to SQLite. GRDB opens it, keeps its statements and its transactions; the statements themselves go through
/// SQLite's own interface, because GRDB's rows and values cost more than most of them.
final class SQLiteDatabase: CommitConnection {
    private let database: Database
    let dialect = SQLDialect.sqlite

    init(_ database: Database) { self.database = database }

    func rows(_ sql: String, _ arguments: SQLArguments) throws -> [SQLRow] {
        try PlainStatement(database, sql).rows(arguments)
    }

    func execute(_ sql: String, _ arguments: SQLArguments) throws -> Int {
        try PlainStatement(database, sql).run { binder in
            for argument in arguments { binder.value(argument.sqlValue) }
        }
        return database.changesCount
    }

    var isInTransaction: Bool { database.isInsideTransaction }

    func transaction(_ body: () throws -> Void) throws {
        try database.inTransaction(.immediate) {
            try body()
            return .commit
        }
    }

    func savepoint(_ body: () throws -> Void) throws {
        try database.inSavepoint {
            try body()
            return .commit
        }
    }

    func append(_ deliveries: [PreparedDelivery], _ audit: AuditWriter) throws -> AppendedDeliveries {
        var appended = AppendedDeliveries()
        appended.outcomes.reserveCapacity(deliveries.count)
        var statements = try SQLiteAppends(database, audit)
        for delivery in deliveries {
            do {
                appended.outcomes.append(.success(try statements.append(delivery)))
                appended.newest = statements.newest ?? appended.newest
            } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
                // Only the first statement of an append can break a constraint, so nothing of it was kept.
                appended.outcomes.append(.failure(StoreError(.unavailable, "a delivery's id was used twice")))
                // A statement that failed cannot be used again.
                statements = try SQLiteAppends(database, audit)
            }
        }
        return appended
    }

    func insert(_ entries: [AuditEntryRow]) throws {
        let insert = try PlainStatement(
            database,
            "INSERT INTO audit_entries (sequence, at, case_id, bytes, hash) VALUES (?, ?, ?, ?, ?)"
        )
        for entry in entries {
            try entry.bytes.withUnsafeBytes { bytes in
                try entry.hash.withUnsafeBytes { hash in
                    try insert.run {
                        $0.integer(entry.sequence)
                        $0.integer(entry.at)
                        $0.optional(entry.caseID)
                        $0.lent(bytes: bytes)
                        $0.lent(bytes: hash)
                    }
                }
            }
        }
    }

    /// Who else has the file looks for work by itself, a few times a second.
    func announceArrivals() {}
}

/// Hands out the pool's writing connection while the files are the ones that were opened.
struct SQLiteWriter: CommitWriter {
    let pool: DatabasePool
    let file: StoreFile
    /// `nil` in a command.
    let mark: CommitMark?

    func perform(_ body: @escaping @Sendable (any CommitConnection) -> Void) {
        pool.asyncWriteWithoutTransaction { body(SQLiteDatabase($0)) }
    }

    func check() throws { try file.check() }

    func noteCommit(newest: NewestDelivery?) { mark?.noteCommit(newest: newest) }
}
