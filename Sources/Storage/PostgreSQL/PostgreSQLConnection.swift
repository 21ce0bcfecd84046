internal import CPostgreSQL
internal import Foundation
internal import Offboarding

/// A connection to PostgreSQL through libpq. No pointer of libpq leaves this file.
///
/// One thread at a time uses it, and waits: every call is a round trip.
final class PostgreSQLConnection {
    private struct Prepared {
        let name: String
        let columns: SQLColumns
    }

    private let connection: OpaquePointer
    private var prepared: [String: Prepared] = [:]
    /// Statements with lists of many lengths would fill the server's memory.
    private static let mostPrepared = 512

    /// What holds where the URI says nothing else: a server that vanished is noticed within seconds, and of several hosts
    /// the one that can be written is taken.
    private static let defaults = [
        ("fallback_application_name", "vultr-offboard"), ("connect_timeout", "5"),
        ("target_session_attrs", "read-write"), ("keepalives_idle", "5"), ("keepalives_interval", "2"),
        ("keepalives_count", "3"), ("tcp_user_timeout", "10000"),
    ]

    /// Connects.
    ///
    /// - Parameter uri: `postgresql://…`, as libpq reads it.
    /// - Throws: ``PostgreSQLError``.
    init(uri: String) throws(PostgreSQLError) {
        // What stands before the URI gives way to it, what stands behind does not.
        let settings = Self.defaults + [("dbname", uri), ("client_encoding", "UTF8")]
        let opened = Self.withCStrings(settings.map(\.0)) { keywords in
            Self.withCStrings(settings.map(\.1)) { values in PQconnectdbParams(keywords, values, 1) }
        }
        guard let opened else { throw PostgreSQLError(sqlState: nil, isConnectionLost: true) }
        guard PQstatus(opened) == CONNECTION_OK else {
            PQfinish(opened)
            throw PostgreSQLError(sqlState: nil, isConnectionLost: true)
        }
        connection = opened
        // Notices would go to standard error.
        PQsetNoticeReceiver(opened, { _, _ in }, nil)
    }

    deinit { PQfinish(connection) }

    /// Whether a text is a URI that libpq can read. Its complaints quote the text, and with it a password.
    static func canRead(_ uri: String) -> Bool {
        guard ["postgresql://", "postgres://"].contains(where: uri.hasPrefix) else { return false }
        guard let options = PQconninfoParse(uri, nil) else { return false }
        PQconninfoFree(options)
        return true
    }

    /// The server's version, such as 150018.
    var serverVersion: Int { Int(PQserverVersion(connection)) }

    /// Whether what passes is encrypted, or goes to the same machine.
    var isPrivate: Bool {
        if PQsslInUse(connection) != 0 { return true }
        guard let host = PQhost(connection).map({ String(cString: $0) }) else { return false }
        return host.hasPrefix("/") || host.hasPrefix("@") || ["localhost", "127.0.0.1", "::1"].contains(host)
    }

    var isInTransaction: Bool { PQtransactionStatus(connection) == PQTRANS_INTRANS }

    /// Says one or more statements that give nothing back.
    ///
    /// - Returns: what was done by the last one, such as `COMMIT`.
    @discardableResult
    func run(_ sql: String) throws(PostgreSQLError) -> String {
        let result = PQexec(connection, sql)
        defer { PQclear(result) }
        try check(result)
        return PQcmdStatus(result).map { String(cString: $0) } ?? ""
    }

    /// Rows of a statement that is kept prepared.
    ///
    /// - Parameter sql: with `$1` and so on. One text always has the same kinds of parameters.
    func rows(_ sql: String, _ parameters: [PostgreSQLParameter]) throws(PostgreSQLError) -> [SQLRow] {
        let (result, columns) = try run(sql, parameters)
        defer { PQclear(result) }
        let (height, width) = (PQntuples(result), PQnfields(result))
        var rows: [SQLRow] = []
        rows.reserveCapacity(Int(height))
        for row in 0..<height {
            var cells: [SQLCell] = []
            cells.reserveCapacity(Int(width))
            for column in 0..<width { cells.append(Self.cell(result, row, column)) }
            rows.append(SQLRow(columns, cells))
        }
        return rows
    }

    /// Runs a statement that is kept prepared.
    ///
    /// - Returns: how many rows it changed.
    func execute(_ sql: String, _ parameters: [PostgreSQLParameter]) throws(PostgreSQLError) -> Int {
        let (result, _) = try run(sql, parameters)
        defer { PQclear(result) }
        return PQcmdTuples(result).flatMap { Int(String(cString: $0)) } ?? 0
    }

    /// Waits for a notification of a channel that the session listens to.
    ///
    /// - Returns: whether there was one.
    func waitForNotice(milliseconds: Int32) throws(PostgreSQLError) -> Bool {
        var descriptor = pollfd(fd: PQsocket(connection), events: Int16(POLLIN), revents: 0)
        guard poll(&descriptor, 1, milliseconds) > 0 else { return false }
        guard PQconsumeInput(connection) == 1 else { throw PostgreSQLError(sqlState: nil, isConnectionLost: true) }
        var wasTold = false
        while let notice = PQnotifies(connection) {
            PQfreemem(notice)
            wasTold = true
        }
        return wasTold
    }

    private func run(
        _ sql: String,
        _ parameters: [PostgreSQLParameter]
    ) throws(PostgreSQLError) -> (OpaquePointer?, SQLColumns) {
        let prepared = if let known = self.prepared[sql] { known } else { try prepare(sql, parameters) }
        // All values in one piece of memory, which stays where it is until the call has returned. One byte more, so that
        // an empty value has an address.
        var bytes: [UInt8] = []
        bytes.reserveCapacity(parameters.reduce(1) { $0 + ($1.bytes?.count ?? 0) })
        var places: [Int?] = []
        for parameter in parameters {
            places.append(parameter.bytes == nil ? nil : bytes.count)
            if let value = parameter.bytes { bytes.append(contentsOf: value) }
        }
        bytes.append(0)
        let lengths = parameters.map { Int32($0.bytes?.count ?? 0) }
        let formats = parameters.map { _ in CInt(1) }
        let result = bytes.withUnsafeBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { memory in
                let values = places.map { place in place.flatMap { memory.baseAddress?.advanced(by: $0) } }
                return PQexecPrepared(connection, prepared.name, CInt(values.count), values, lengths, formats, 1)
            }
        }
        do {
            try check(result)
        } catch {
            PQclear(result)
            throw error
        }
        return (result, prepared.columns)
    }

    private func prepare(
        _ sql: String,
        _ parameters: [PostgreSQLParameter]
    ) throws(PostgreSQLError) -> Prepared {
        if prepared.count >= Self.mostPrepared {
            try run("DEALLOCATE ALL")
            prepared = [:]
        }
        let name = "s\(prepared.count)"
        let result = PQprepare(connection, name, sql, CInt(parameters.count), parameters.map(\.kind.rawValue))
        defer { PQclear(result) }
        try check(result)
        let described = PQdescribePrepared(connection, name)
        defer { PQclear(described) }
        try check(described)
        let names = (0..<PQnfields(described)).map { column in
            PQfname(described, column).map { String(cString: $0) } ?? ""
        }
        let new = Prepared(name: name, columns: SQLColumns(names))
        prepared[sql] = new
        return new
    }

    private func check(_ result: OpaquePointer?) throws(PostgreSQLError) {
        let status = PQresultStatus(result)
        if status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY { return }
        throw PostgreSQLError(
            sqlState: field(result, "C"),
            constraint: field(result, "n"),
            isConnectionLost: PQstatus(connection) != CONNECTION_OK
        )
    }

    /// A field of an error report, by its code in PostgreSQL's protocol.
    private func field(_ result: OpaquePointer?, _ code: Character) -> String? {
        guard let value = code.asciiValue else { return nil }
        return PQresultErrorField(result, CInt(value)).map { String(cString: $0) }
    }

    private static func cell(_ result: OpaquePointer?, _ row: CInt, _ column: CInt) -> SQLCell {
        guard PQgetisnull(result, row, column) == 0 else { return .null }
        let bytes = UnsafeRawBufferPointer(
            start: PQgetvalue(result, row, column),
            count: Int(PQgetlength(result, row, column))
        )
        switch PQftype(result, column) {
        case 16, 20, 21, 23:  // boolean, bigint, smallint, integer
            let isNegative = bytes.count > 1 && bytes[0] & 0x80 != 0
            return .integer(bytes.reduce(isNegative ? -1 : 0) { $0 << 8 | Int64($1) })
        case 17: return .blob(Array(bytes))
        default: return .text(String(decoding: bytes, as: UTF8.self))
        }
    }

    /// Lends texts as C has them: a list of pointers with a NULL at its end.
    private static func withCStrings<Answer>(
        _ texts: [String],
        _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Answer
    ) -> Answer {
        let copies = texts.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        return (copies.map { UnsafePointer($0) } + [nil]).withUnsafeBufferPointer { pointers in
            guard let first = pointers.baseAddress else { preconditionFailure("a list with a NULL is never empty") }
            return body(first)
        }
    }
}
