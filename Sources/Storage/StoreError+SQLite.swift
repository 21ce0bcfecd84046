internal import GRDB
internal import Offboarding

extension StoreError {
    /// Says what SQLite said, without the statement's arguments.
    init(_ error: DatabaseError) {
        // Built from the number alone: SQLite's own text can name things out of the data.
        let number = error.extendedResultCode.rawValue
        switch error.resultCode {
        case .SQLITE_FULL:
            self.init(.full, "there is no room left for the store (SQLite \(number))")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self.init(.busy, "another process kept the store locked for too long (SQLite \(number))")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            self.init(.damaged, "the store's file is damaged (SQLite \(number))")
        case .SQLITE_MISUSE:
            self.init(.closed, "the store is closed (SQLite \(number))")
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH:
            self.init(.unavailable, "the store cannot be written (SQLite \(number))")
        default:
            self.init(.unavailable, "the store is out of reach (SQLite \(number))")
        }
    }

    /// What a batch that failed tells everybody in it.
    init(describing error: any Error) {
        switch error {
        case let error as StoreError: self = error
        case let error as DatabaseError: self.init(error)
        default: self.init(.unavailable, "the store failed (\(type(of: error)))")
        }
    }

    /// An error of a body as its caller sees it: SQLite's in our words, everybody else's as they are.
    static func translated(_ error: any Error) -> any Error {
        guard let error = error as? DatabaseError else { return error }
        // SQLite's text for these names tables and columns only.
        if error.resultCode == .SQLITE_CONSTRAINT { return StoreConflict(error.message ?? "a constraint failed") }
        return StoreError(error)
    }

    /// Whether an error says that the transaction itself can no longer be trusted, not only one statement of it.
    static func endsTransaction(_ error: any Error) -> Bool {
        guard let error = error as? DatabaseError else { return false }
        switch error.resultCode {
        case .SQLITE_FULL, .SQLITE_IOERR, .SQLITE_NOMEM, .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_READONLY,
            .SQLITE_CANTOPEN, .SQLITE_BUSY, .SQLITE_PROTOCOL, .SQLITE_ABORT, .SQLITE_INTERRUPT:
            return true
        default:
            return false
        }
    }
}
