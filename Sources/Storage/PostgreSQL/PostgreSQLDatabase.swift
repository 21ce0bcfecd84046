internal import Offboarding

/// A session of PostgreSQL that comes back by itself: what was under way when the connection was lost fails, and the next
/// transaction has a new one.
final class PostgreSQLDatabase: CommitConnection {
    private let server: PostgreSQLServer
    private var connection: PostgreSQLConnection?
    /// Statements in PostgreSQL's words, by ours.
    private var translations: [String: String] = [:]
    private var failure: (error: any Error, until: ContinuousClock.Instant)?
    let dialect = SQLDialect.postgreSQL

    /// After a connection could not be made the next ones fail at once for so long: senders are to be told while they
    /// still listen.
    private static let pause = Duration.milliseconds(500)
    private static let mostTranslations = 1024

    init(_ server: PostgreSQLServer) { self.server = server }

    func rows(_ sql: String, _ arguments: SQLArguments) throws -> [SQLRow] {
        try current().rows(translated(sql), arguments.map { PostgreSQLParameter($0.sqlValue) })
    }

    @discardableResult
    func execute(_ sql: String, _ arguments: SQLArguments) throws -> Int {
        try current().execute(translated(sql), arguments.map { PostgreSQLParameter($0.sqlValue) })
    }

    /// Rows of a statement in PostgreSQL's own words.
    func rows(_ sql: String, _ parameters: [PostgreSQLParameter]) throws -> [SQLRow] {
        try current().rows(sql, parameters)
    }

    var isInTransaction: Bool { connection?.isInTransaction ?? false }

    func transaction(_ body: () throws -> Void) throws {
        // One writer at a time, over all nodes: the audit chain is one, and what a body reads stays true until its end.
        // The lock goes with the commit, and whoever has it next sees what was committed.
        try run("BEGIN; LOCK TABLE writability IN EXCLUSIVE MODE", body)
    }

    /// Reads one consistent state, without waiting for writers.
    func reading<Answer>(_ body: () throws -> Answer) throws -> Answer {
        try run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", body)
    }

    func savepoint(_ body: () throws -> Void) throws {
        let connection = try current()
        try connection.run("SAVEPOINT body")
        do {
            try body()
        } catch {
            let isOver = (error as? any EngineError)?.endsTransaction ?? false
            if !isOver { try connection.run("ROLLBACK TO SAVEPOINT body; RELEASE SAVEPOINT body") }
            throw error
        }
        try connection.run("RELEASE SAVEPOINT body")
    }

    func announceArrivals() throws { try current().run("NOTIFY \(server.channel)") }

    func close() { connection = nil }

    private func run<Answer>(_ begin: String, _ body: () throws -> Answer) throws -> Answer {
        let connection = try self.begin(begin)
        let answer: Answer
        do {
            answer = try body()
        } catch {
            undo(connection)
            throw error
        }
        do {
            // A transaction that failed before is rolled back by this, which is no error for PostgreSQL.
            guard try connection.run("COMMIT") == "COMMIT" else { throw PostgreSQLError(sqlState: "25P02") }
        } catch var error as PostgreSQLError {
            error.isCommitUnknown = error.isConnectionLost
            undo(connection)
            throw error
        }
        return answer
    }

    private func begin(_ sql: String) throws -> PostgreSQLConnection {
        if let connection {
            do {
                try connection.run(sql)
                return connection
            } catch {
                undo(connection)
                // One that was lost while it was idle has done nothing yet.
                guard error.isConnectionLost else { throw error }
            }
        }
        let new = try connect()
        do {
            try new.run(sql)
        } catch {
            undo(new)
            throw error
        }
        return new
    }

    private func connect() throws -> PostgreSQLConnection {
        if let failure, ContinuousClock.now < failure.until { throw failure.error }
        do {
            let new = try server.connect()
            connection = new
            failure = nil
            return new
        } catch {
            failure = (error, ContinuousClock.now + Self.pause)
            throw error
        }
    }

    /// Undoes what is under way; a connection that cannot even do that is given up, which undoes it, too.
    private func undo(_ connection: PostgreSQLConnection) {
        do { try connection.run("ROLLBACK") } catch { self.connection = nil }
    }

    private func current() throws -> PostgreSQLConnection {
        guard let connection else { throw PostgreSQLError(sqlState: nil, isConnectionLost: true) }
        return connection
    }

    private func translated(_ sql: String) -> String {
        if let known = translations[sql] { return known }
        if translations.count >= Self.mostTranslations { translations = [:] }
        let new = Self.translate(sql)
        translations[sql] = new
        return new
    }

    /// Writes the places of arguments as PostgreSQL has them: `?` as `$1` and so on in order, `?2` as `$2`.
    static func translate(_ sql: String) -> String {
        var text: [UInt8] = []
        var count = 0
        var isQuoted = false
        let bytes = Array(sql.utf8)
        for (place, byte) in bytes.enumerated() {
            if byte == UInt8(ascii: "'") { isQuoted.toggle() }
            guard byte == UInt8(ascii: "?"), !isQuoted else {
                text.append(byte)
                continue
            }
            text.append(UInt8(ascii: "$"))
            let isNumbered =
                place + 1 < bytes.count && (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[place + 1])
            if isNumbered { continue }
            count += 1
            text.append(contentsOf: "\(count)".utf8)
        }
        return String(decoding: text, as: UTF8.self)
    }
}
