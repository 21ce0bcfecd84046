internal import Foundation
internal import GRDB
internal import Offboarding

/// Looks at a file before it is opened for writing: nothing that is not ours is ever touched.
///
/// The look goes through SQLite with `immutable=1`: no lock, no log, nothing created beside the file. Reading the bytes
/// with `open` and `close` instead would drop the locks of a store that this process has open already (see
/// ``DaemonLock``).
enum StoreHeader {
    /// Stands in the file's header and says that it is a store of ours: "VOff" in ASCII.
    static let applicationID = 0x564F_6666

    /// Whether there is a store of ours, or room for a new one.
    ///
    /// - Returns: `true` where a store is, `false` where nothing is or an empty file, as a start that was cut short
    ///   leaves it.
    /// - Throws: ``StoreError`` with `notAStore` for a file that is no store or one of a newer version, `unavailable`
    ///   when it cannot be read.
    static func isStore(_ path: String) throws(StoreError) -> Bool {
        var information = stat()
        if stat(path, &information) != 0 {
            if errno == ENOENT { return false }
            throw StoreError(.unavailable, "cannot look at the store \(path): \(StoreFile.reason(errno))")
        }
        guard information.st_mode & S_IFMT == S_IFREG else { throw StoreError(.notAStore, "\(path) is no file") }
        if information.st_size == 0 { return false }
        guard access(path, R_OK) == 0 else {
            throw StoreError(.unavailable, "cannot read the store \(path): \(StoreFile.reason(errno))")
        }
        try require(path, name: try addressOfImmutable(path))
        // What a newer version added may stand in the log alone, where it was cut off.
        var log = stat()
        if stat(path + "-wal", &log) == 0, log.st_size > 0 { try require(path, name: path) }
        return true
    }

    private static func require(_ path: String, name: String) throws(StoreError) {
        let known: Set<String>
        let applied: Set<String>
        do {
            var configuration = Configuration()
            configuration.readonly = true
            configuration.busyMode = .timeout(SQLiteStore.busyTimeout)
            let database = try DatabaseQueue(path: name, configuration: configuration)
            let (identifier, migrations) = try database.unsafeRead { database in
                let identifier = try Int.fetchOne(database, sql: "PRAGMA application_id")
                let ours = identifier == applicationID
                return (identifier, ours ? try Schema.migrator.appliedIdentifiers(database) : [])
            }
            try database.close()
            guard identifier == applicationID else {
                throw StoreError(.notAStore, "\(path) is a database, but no store of vultr-offboard")
            }
            applied = migrations
            known = Set(Schema.migrator.migrations)
        } catch let error as StoreError {
            throw error
        } catch let error as DatabaseError where error.resultCode == .SQLITE_NOTADB {
            throw StoreError(.notAStore, "\(path) is no store")
        } catch {
            throw StoreError(describing: error)
        }
        guard applied.isSubset(of: known) else {
            throw StoreError(.notAStore, "\(path) is a store of a newer version of vultr-offboard")
        }
    }

    private static func addressOfImmutable(_ path: String) throws(StoreError) -> String {
        guard let encoded = path.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) else {
            throw StoreError(.unavailable, "the store's path cannot be used: \(path)")
        }
        return "file:\(encoded)?immutable=1"
    }
}
