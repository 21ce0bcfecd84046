internal import GRDB
private import GRDBSQLite

/// A statement that GRDB prepared and keeps, run through SQLite's own interface. No SQLite pointer leaves this file.
struct PlainStatement {
    /// Takes the values of one run, in the order of the question marks. The first trouble is reported when it runs.
    struct Binder {
        fileprivate let pointer: OpaquePointer
        fileprivate var index: Int32 = 0
        fileprivate var code = SQLITE_OK

        fileprivate init(pointer: OpaquePointer) { self.pointer = pointer }

        mutating func integer(_ number: Int64) {
            note(sqlite3_bind_int64(pointer, next(), number))
        }

        mutating func text(_ text: String) {
            var text = text
            let index = next()
            note(
                text.withUTF8 { bytes in
                    // An empty text may have no address, and without one SQLite would bind NULL.
                    guard let start = bytes.baseAddress else {
                        return sqlite3_bind_text(pointer, index, "", 0, PlainStatement.copied)
                    }
                    return start.withMemoryRebound(to: CChar.self, capacity: bytes.count) {
                        sqlite3_bind_text(pointer, index, $0, Int32(bytes.count), PlainStatement.copied)
                    }
                }
            )
        }

        mutating func optional(_ text: String?) {
            if let text { self.text(text) } else { null() }
        }

        mutating func bytes(_ bytes: [UInt8]) {
            let index = next()
            guard !bytes.isEmpty else { return note(sqlite3_bind_zeroblob(pointer, index, 0)) }
            note(sqlite3_bind_blob(pointer, index, bytes, Int32(bytes.count), PlainStatement.copied))
        }

        mutating func value(_ value: SQLValue) {
            switch value {
            case .integer(let number?): integer(number)
            case .text(let text?): self.text(text)
            case .blob(let bytes?): self.bytes(bytes)
            case .integer(nil), .text(nil), .blob(nil): null()
            }
        }

        private mutating func null() { note(sqlite3_bind_null(pointer, next())) }

        /// Binds bytes that stay where they are until the run has returned, without a copy.
        mutating func lent(bytes: UnsafeRawBufferPointer) {
            let index = next()
            guard !bytes.isEmpty else { return note(sqlite3_bind_zeroblob(pointer, index, 0)) }
            note(sqlite3_bind_blob(pointer, index, bytes.baseAddress, Int32(bytes.count), nil))
        }

        /// Binds UTF-8 that stays where it is until the run has returned, without a copy.
        mutating func lent(text: UnsafeRawBufferPointer) {
            let index = next()
            guard let start = text.baseAddress else {
                return note(sqlite3_bind_text(pointer, index, "", 0, PlainStatement.copied))
            }
            let characters = start.assumingMemoryBound(to: CChar.self)
            note(sqlite3_bind_text(pointer, index, characters, Int32(text.count), nil))
        }

        private mutating func next() -> Int32 {
            index += 1
            return index
        }

        private mutating func note(_ code: Int32) {
            if self.code == SQLITE_OK { self.code = code }
        }
    }

    /// The row that a statement stands on.
    struct Row {
        fileprivate let pointer: OpaquePointer

        func integer(at column: Int32) -> Int64 { sqlite3_column_int64(pointer, column) }

        func text(at column: Int32) -> String {
            guard let bytes = sqlite3_column_text(pointer, column) else { return "" }
            let count = Int(sqlite3_column_bytes(pointer, column))
            return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
        }

        fileprivate func cell(at column: Int32) -> SQLCell {
            switch sqlite3_column_type(pointer, column) {
            case SQLITE_INTEGER: return .integer(integer(at: column))
            case SQLITE_TEXT: return .text(text(at: column))
            case SQLITE_NULL: return .null
            default:
                let bytes = UnsafeRawBufferPointer(
                    start: sqlite3_column_blob(pointer, column),
                    count: Int(sqlite3_column_bytes(pointer, column))
                )
                return .blob(Array(bytes))
            }
        }
    }

    // Keeps the pointer alive.
    private let statement: GRDB.Statement
    private let pointer: OpaquePointer
    private let connection: OpaquePointer?

    init(_ database: Database, _ sql: String) throws {
        statement = try database.cachedStatement(sql: sql)
        pointer = statement.sqliteStatement
        connection = database.sqliteConnection
    }

    /// Runs it to its end.
    ///
    /// - Throws: `DatabaseError` without the values.
    func run(_ bind: (inout Binder) -> Void) throws {
        try run(bind) { _ in () }
    }

    /// Runs it and reads its first row.
    ///
    /// - Returns: `nil` where there is no row.
    /// - Throws: `DatabaseError` without the values.
    @discardableResult
    func run<Answer>(_ bind: (inout Binder) -> Void, _ read: (Row) -> Answer) throws -> Answer? {
        defer {
            sqlite3_reset(pointer)
            // Also because what was lent ends here.
            sqlite3_clear_bindings(pointer)
        }
        var binder = Binder(pointer: pointer)
        bind(&binder)
        try check(binder.code)
        switch sqlite3_step(pointer) {
        case SQLITE_ROW: return read(Row(pointer: pointer))
        case SQLITE_DONE: return nil
        case let code:
            try check(code)
            return nil
        }
    }

    /// Runs it to its end and copies its rows.
    ///
    /// - Throws: `DatabaseError` without the values.
    func rows(_ arguments: SQLArguments) throws -> [SQLRow] {
        defer {
            sqlite3_reset(pointer)
            sqlite3_clear_bindings(pointer)
        }
        var binder = Binder(pointer: pointer)
        for argument in arguments { binder.value(argument.sqlValue) }
        try check(binder.code)
        var rows: [SQLRow] = []
        var columns: SQLColumns?
        while true {
            switch sqlite3_step(pointer) {
            case SQLITE_ROW:
                let known = columns ?? SQLColumns(names())
                columns = known
                let row = Row(pointer: pointer)
                rows.append(SQLRow(known, (0..<Int32(known.names.count)).map(row.cell)))
            case SQLITE_DONE: return rows
            case let code:
                try check(code)
                return rows
            }
        }
    }

    private func names() -> [String] {
        (0..<sqlite3_column_count(pointer)).map { column in
            sqlite3_column_name(pointer, column).map { String(cString: $0) } ?? ""
        }
    }

    private func check(_ code: Int32) throws {
        guard code != SQLITE_OK else { return }
        let message = connection.map { String(cString: sqlite3_errmsg($0)) }
        throw DatabaseError(resultCode: ResultCode(rawValue: code), message: message)
    }

    /// Has SQLite copy what is bound, since Swift's memory is lent for the call only.
    private static var copied: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }
}
