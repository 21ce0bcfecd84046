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
}

extension DatabaseError: EngineError {
    var storeError: StoreError { StoreError(self) }

    var conflict: StoreConflict? {
        // SQLite's text for these names tables and columns only.
        resultCode == .SQLITE_CONSTRAINT ? StoreConflict(message ?? "a constraint failed") : nil
    }

    var endsTransaction: Bool {
        switch resultCode {
        case .SQLITE_FULL, .SQLITE_IOERR, .SQLITE_NOMEM, .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_READONLY,
            .SQLITE_CANTOPEN, .SQLITE_BUSY, .SQLITE_PROTOCOL, .SQLITE_ABORT, .SQLITE_INTERRUPT:
            true
        default:
            false
        }
    }
}
