internal import Dispatch
internal import GRDB
private import GRDBSQLite
internal import Synchronization

/// Copies the log back into the store beside the writer instead of in it.
///
/// SQLite's own way does it inside the commit that makes the log too long, and everybody who waits for that commit waits
/// for the copy too: in a rush one request in a hundred took 100 ms for it, and without it 15 ms. The copy runs on a
/// connection and a thread of its own; SQLite lets it run while others write.
///
/// The log begins anew only when all of it is copied, and in a rush there is always a commit more. So the writer itself
/// copies the little that is left once it is little. That keeps the log short, and a log that is written over is synced
/// in half the time of one that grows.
final class Checkpointer: Sendable {
    /// Pages of log at which a copy begins: 4 MiB. With 16 MiB the slowest of a hundred requests took twice as long in a
    /// rush, with 64 MiB six times.
    static let pages = 1000
    /// Pages that the writer copies itself to let the log begin anew: 1 MiB, a few milliseconds.
    static let fewPages = 250
    /// Pages of log at which the writer has to wait after all, so that the log stays bounded: 256 MiB.
    static let mostPages = 64_000

    private let connection: DatabaseQueue
    private let thread = DispatchQueue(label: "store.checkpoint", qos: .utility)
    private let isCopying = Atomic<Bool>(false)
    /// Pages of the log that were copied, as of the last copy.
    private let copiedPages = Atomic<Int32>(0)
    /// Whether the writer has not yet tried to finish the last copy. It tries once, because a reader that still reads
    /// from the log keeps it from beginning anew.
    private let isUnfinished = Atomic<Bool>(false)

    private let mark: CommitMark

    init(path: String, configuration: Configuration, mark: CommitMark) throws {
        self.mark = mark
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
                checkpointer.noteCommit(pages: pages) {
                    // Busy where a copy is under way just now; that one then does it.
                    sqlite3_wal_checkpoint_v2(database, name, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
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

    /// Decides who copies what, after a commit that made the log this long.
    private func noteCommit(pages: Int32, copy: () -> Void) {
        mark.noteLog(pages: pages)
        guard pages >= Self.pages else { return copiedPages.store(0, ordering: .relaxed) }
        if pages >= Self.mostPages { return copy() }
        guard !isCopying.load(ordering: .acquiring) else { return }
        if pages - copiedPages.load(ordering: .relaxed) > Self.fewPages { return start() }
        if isUnfinished.exchange(false, ordering: .relaxed) { copy() }
    }

    private func start() {
        guard isCopying.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged
        else { return }
        thread.async {
            self.copyOnce()
            self.isCopying.store(false, ordering: .releasing)
        }
    }

    /// Copies what is there. Trouble of the disk is the writer's to report; here the log just stays.
    private func copyOnce() {
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
            guard code == SQLITE_OK else { return }
            copiedPages.store(copied, ordering: .relaxed)
            isUnfinished.store(true, ordering: .relaxed)
        }
    }
}
