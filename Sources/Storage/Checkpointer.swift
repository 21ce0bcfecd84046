internal import Dispatch
internal import GRDB
private import GRDBSQLite
internal import Synchronization

/// Copies the log back into the store beside the writer instead of in it.
///
/// SQLite's own way does it inside the commit that makes the log too long, and everybody who waits for that commit waits
/// for the copy too: in a rush one request in a hundred took 100 ms for it, and without it 15 ms. The copy runs on a
/// connection and a thread of its own; SQLite lets it run while others write.
final class Checkpointer: Sendable {
    /// Pages of log at which a copy begins: 16 MiB.
    static let pages = 4000
    /// Pages of log at which the writer has to wait after all, so that the log stays bounded: 256 MiB.
    static let mostPages = 64_000
    /// The log begins anew only when a copy has caught up with it. Each of these rounds has less to copy than the one
    /// before; in a rush that lasts the next commit starts them again.
    private static let mostRounds = 8

    private let connection: DatabaseQueue
    private let thread = DispatchQueue(label: "store.checkpoint", qos: .utility)
    private let isCopying = Atomic<Bool>(false)

    init(path: String, configuration: Configuration) throws {
        connection = try DatabaseQueue(path: path, configuration: configuration)
    }

    /// Takes the place of SQLite's own checkpoints on the writing connection, which must not outlive this.
    func install(on database: Database) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        sqlite3_wal_hook(
            database.sqliteConnection,
            { context, database, name, pages in
                guard let context else { return SQLITE_OK }
                let checkpointer = Unmanaged<Checkpointer>.fromOpaque(context).takeUnretainedValue()
                if pages >= Checkpointer.mostPages {
                    // Busy where a copy is under way just now; that one then does it.
                    sqlite3_wal_checkpoint_v2(database, name, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
                } else if pages >= Checkpointer.pages {
                    checkpointer.start()
                }
                return SQLITE_OK
            },
            context
        )
    }

    func uninstall(from database: Database) {
        sqlite3_wal_hook(database.sqliteConnection, nil, nil)
    }

    /// Waits for a copy that is under way and closes the connection. Call it after ``uninstall(from:)``.
    func close() throws {
        thread.sync {}
        try connection.close()
    }

    private func start() {
        guard isCopying.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged
        else { return }
        thread.async {
            defer { self.isCopying.store(false, ordering: .releasing) }
            for _ in 0..<Self.mostRounds where !self.copyOnce() {}
        }
    }

    /// Copies what is there.
    ///
    /// - Returns: whether that was all of the log, or nothing can be done now. Trouble of the disk is the writer's to
    ///   report; here the log just stays.
    private func copyOnce() -> Bool {
        connection.inDatabase { database in
            var inLog: Int32 = 0
            var copied: Int32 = 0
            let code = sqlite3_wal_checkpoint_v2(
                database.sqliteConnection,
                nil,
                SQLITE_CHECKPOINT_PASSIVE,
                &inLog,
                &copied
            )
            return code != SQLITE_OK || copied >= inLog
        }
    }
}
