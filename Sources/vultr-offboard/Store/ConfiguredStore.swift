import Foundation
import Offboarding
import Presentation
import Storage
import StrictYAML

extension Configuration {
    /// Opens the configured store, and makes it where there is none.
    ///
    /// - Throws: `StoreError`.
    func openStore(
        as role: StoreRole,
        time: any TimeSource = SystemTime(),
        instruments: StorageInstruments = StorageInstruments()
    ) throws -> any Store {
        switch storage.engine {
        case .sqlite(let path):
            return try SQLiteStore.open(path: path, role: role, audit: auditParts(time), instruments: instruments)
        case .postgreSQL(let secret):
            let directory = directory
            return try PostgreSQLStore.open(
                uri: { try secret.current(relativeTo: directory) },
                role: role,
                audit: auditParts(time),
                instruments: instruments
            )
        }
    }

    /// Opens the configured store for a look; `nil` where there is none, and none is made.
    ///
    /// - Throws: `StoreError`.
    func openStoreIfThere() throws -> (any Store)? {
        if let path = storage.file, !FileManager.default.fileExists(atPath: path) { return nil }
        return try openStore(as: .command)
    }

    /// The store's file, for what is done with files.
    ///
    /// - Parameter instead: what to do where the store is no file.
    /// - Throws: ``CommandFailure``.
    func storeFile(orElse instead: String) throws -> String {
        guard let file = storage.file else {
            throw CommandFailure(.usage, "the store is in PostgreSQL: \(instead)")
        }
        return file
    }
}

extension SQLiteStore {
    /// Opens a store of which nothing is known but its file.
    ///
    /// - Throws: `StoreError`.
    static func open(path: String) throws -> SQLiteStore {
        try open(path: path, role: .command, audit: AuditParts(sha256: AuditDigest.sha256))
    }
}
