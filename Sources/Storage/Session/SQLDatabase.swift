internal import Offboarding

/// A connection with a transaction open: what ``SQLSession`` says its statements to.
///
/// Statements are in the words that SQLite and PostgreSQL share; where they differ, ``SQLDialect`` has them. Places for
/// arguments are `?`, or `?1` and so on where one is used twice; a statement has one of the two kinds. Only the thread
/// that runs the transaction uses it.
protocol SQLDatabase: AnyObject {
    var dialect: SQLDialect { get }

    /// Rows of a statement, which is kept prepared.
    ///
    /// - Throws: an ``EngineError``, without the values.
    func rows(_ sql: String, _ arguments: SQLArguments) throws -> [SQLRow]

    /// Runs a statement, which is kept prepared.
    ///
    /// - Returns: how many rows it changed.
    /// - Throws: an ``EngineError``, without the values.
    @discardableResult
    func execute(_ sql: String, _ arguments: SQLArguments) throws -> Int

    /// Adds entries to the audit chain, in order.
    func insert(_ entries: [AuditEntryRow]) throws
}

/// Arguments of a statement, in the order of its places.
typealias SQLArguments = [any SQLValueConvertible]

/// The words that differ between engines.
enum SQLDialect {
    case sqlite
    case postgreSQL

    /// Behind a table's name: by which index it is to be read. A planner that keeps statistics is not told.
    func indexed(by index: String) -> String { self == .sqlite ? "INDEXED BY \(index)" : "" }

    /// Joins the table on its left, read first, with the one on its right.
    var joinInOrder: String { self == .sqlite ? "CROSS JOIN" : "JOIN" }

    /// A text member of an object in a column of JSON text.
    func member(_ name: String, of column: String) -> String {
        switch self {
        case .sqlite: "(\(column) ->> '$.\(name)')"
        // PostgreSQL's text has no NUL, and an escaped one makes it refuse the whole object.
        case .postgreSQL: "(replace(\(column), '\\u0000', '\\ufffd')::json ->> '\(name)')"
        }
    }
}

/// An engine's own error, in the store's words.
protocol EngineError: Error {
    /// Made of the error's number alone: an engine's text can name things out of the data.
    var storeError: StoreError { get }
    /// What would break what the store promises about its contents, where the error says so.
    var conflict: StoreConflict? { get }
    /// Whether the transaction itself can no longer be trusted, not only one statement of it.
    var endsTransaction: Bool { get }
}

extension StoreError {
    /// What a batch that failed tells everybody in it.
    init(describing error: any Error) {
        switch error {
        case let error as StoreError: self = error
        case let error as any EngineError: self = error.storeError
        default: self.init(.unavailable, "the store failed (\(type(of: error)))")
        }
    }

    /// An error of a body as its caller sees it: the engine's in our words, everybody else's as they are.
    static func translated(_ error: any Error) -> any Error {
        guard let error = error as? any EngineError else { return error }
        return error.conflict ?? error.storeError
    }
}
