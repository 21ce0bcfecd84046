internal import Foundation
internal import GRDB
internal import Offboarding

/// Looks at a file before it is opened for writing: nothing that is not ours is ever touched.
///
/// The look goes through SQLite with `immutable=1`: no lock, no log, nothing created beside the file. Reading the bytes
/// with `open` and `close` instead would drop the locks of a store that this process has open already (see
/// ``DaemonLock``).
///
/// The application id stands in the first bytes of the main file. These are read as they are: SQLite itself calls a file
/// damaged that is shorter than it says, which it is in the middle of a copy out of the log.
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
        let immutable = try addressOfImmutable(path)
        let header = try FileHeader(immutable, path: path)
        guard header.isDatabase else { throw StoreError(.notAStore, "\(path) is no store") }
        guard header.applicationID == applicationID else {
            throw StoreError(.notAStore, "\(path) is a database, but no store of vultr-offboard")
        }
        // While the log holds anything the file alone may be half of what was copied into it: a process that was killed
        // while it copied leaves it so, and so does a daemon that copies this instant. With the log it is whole.
        try requireKnownMigrations(path, name: try hasLog(path) ? path : immutable)
        return true
    }

    private static func hasLog(_ path: String) throws(StoreError) -> Bool {
        var log = stat()
        return stat(try StoreFile.log(of: path), &log) == 0 && log.st_size > 0
    }

    private static func requireKnownMigrations(_ path: String, name: String) throws(StoreError) {
        let applied: Set<String>
        do {
            var configuration = Configuration()
            configuration.readonly = true
            configuration.busyMode = .timeout(StoreRole.daemon.patience)
            let database = try DatabaseQueue(path: name, configuration: configuration)
            applied = try database.unsafeRead { try Schema.migrator.appliedIdentifiers($0) }
            try database.close()
        } catch {
            throw StoreError(describing: error)
        }
        guard applied.isSubset(of: Set(Schema.migrator.migrations)) else {
            throw StoreError(.notAStore, "\(path) is a store of a newer version of vultr-offboard")
        }
    }

    static func addressOfImmutable(_ path: String) throws(StoreError) -> String {
        guard let encoded = path.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) else {
            throw StoreError(.unavailable, "the store's path cannot be used: \(path)")
        }
        return "file:\(encoded)?immutable=1"
    }
}
