internal import GRDB
private import GRDBSQLite

/// A statement that GRDB prepared and keeps, run through SQLite's own interface. No SQLite pointer leaves this file.
struct PlainStatement {
    enum Value {
        case null
        case integer(Int64)
        case text(String)
        case bytes([UInt8])

        static func optional(_ text: String?) -> Value { text.map(Value.text) ?? .null }
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
    func run(_ values: [Value]) throws {
        try run(values) { _ in () }
    }

    /// Runs it and reads its first row.
    ///
    /// - Returns: `nil` where there is no row.
    /// - Throws: `DatabaseError` without the values.
    @discardableResult
    func run<Answer>(_ values: [Value], _ read: (Row) -> Answer) throws -> Answer? {
        defer {
            sqlite3_reset(pointer)
            sqlite3_clear_bindings(pointer)
        }
        for (index, value) in values.enumerated() { try check(bind(value, at: Int32(index + 1))) }
        let code = sqlite3_step(pointer)
        guard code != SQLITE_ROW else { return read(Row(pointer: pointer)) }
        guard code == SQLITE_DONE else {
            try check(code)
            return nil
        }
        return nil
    }

    private func bind(_ value: Value, at index: Int32) -> Int32 {
        switch value {
        case .null:
            return sqlite3_bind_null(pointer, index)
        case .integer(let number):
            return sqlite3_bind_int64(pointer, index, number)
        case .text(var text):
            return text.withUTF8 { bytes in
                // An empty text may have no address, and without one SQLite would bind NULL.
                guard let start = bytes.baseAddress else {
                    return sqlite3_bind_text(pointer, index, "", 0, Self.copied)
                }
                return start.withMemoryRebound(to: CChar.self, capacity: bytes.count) {
                    sqlite3_bind_text(pointer, index, $0, Int32(bytes.count), Self.copied)
                }
            }
        case .bytes(let bytes):
            guard !bytes.isEmpty else { return sqlite3_bind_zeroblob(pointer, index, 0) }
            return sqlite3_bind_blob(pointer, index, bytes, Int32(bytes.count), Self.copied)
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
