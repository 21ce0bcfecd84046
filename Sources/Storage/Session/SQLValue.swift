/// An argument of a statement, with its type even where it is NULL: PostgreSQL wants to know.
enum SQLValue {
    case integer(Int64?)
    case text(String?)
    case blob([UInt8]?)
}

/// What can be an argument of a statement.
protocol SQLValueConvertible {
    var sqlValue: SQLValue { get }
    /// NULL, of this type.
    static var sqlNull: SQLValue { get }
}

/// What can be read out of a column.
protocol SQLReadable {
    /// - Returns: `nil` where the cell holds something else.
    static func read(_ cell: SQLCell) -> Self?
}

/// One column of one row.
enum SQLCell {
    case null
    case integer(Int64)
    case text(String)
    case blob([UInt8])
}

extension Int64: SQLValueConvertible, SQLReadable {
    var sqlValue: SQLValue { .integer(self) }
    static var sqlNull: SQLValue { .integer(nil) }

    static func read(_ cell: SQLCell) -> Int64? {
        if case .integer(let number) = cell { number } else { nil }
    }
}

extension Int: SQLValueConvertible, SQLReadable {
    var sqlValue: SQLValue { .integer(Int64(self)) }
    static var sqlNull: SQLValue { .integer(nil) }

    static func read(_ cell: SQLCell) -> Int? { Int64.read(cell).map(Int.init) }
}

/// Kept as 0 and 1.
extension Bool: SQLValueConvertible, SQLReadable {
    var sqlValue: SQLValue { .integer(self ? 1 : 0) }
    static var sqlNull: SQLValue { .integer(nil) }

    static func read(_ cell: SQLCell) -> Bool? { Int64.read(cell).map { $0 != 0 } }
}

extension String: SQLValueConvertible, SQLReadable {
    var sqlValue: SQLValue { .text(self) }
    static var sqlNull: SQLValue { .text(nil) }

    static func read(_ cell: SQLCell) -> String? {
        if case .text(let text) = cell { text } else { nil }
    }
}

extension [UInt8]: SQLValueConvertible, SQLReadable {
    var sqlValue: SQLValue { .blob(self) }
    static var sqlNull: SQLValue { .blob(nil) }

    static func read(_ cell: SQLCell) -> [UInt8]? {
        if case .blob(let bytes) = cell { bytes } else { nil }
    }
}

extension Optional: SQLValueConvertible where Wrapped: SQLValueConvertible {
    var sqlValue: SQLValue { self?.sqlValue ?? Wrapped.sqlNull }
    static var sqlNull: SQLValue { Wrapped.sqlNull }
}

extension Optional: SQLReadable where Wrapped: SQLReadable {
    static func read(_ cell: SQLCell) -> Wrapped?? {
        if case .null = cell { return .some(nil) }
        return Wrapped.read(cell).map { .some($0) }
    }
}
