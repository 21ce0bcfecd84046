public import Foundation
internal import GRDB
public import Offboarding
internal import Synchronization

/// The store in one SQLite file: write-ahead log, `synchronous=FULL`, group commit.
///
/// A daemon and commands open the same file at the same time; one daemon at most. Times are kept in whole
/// milliseconds: a `Date` given so comes back equal. Not for network file systems, whose locks cannot be relied on.
public final class SQLiteStore: Store {
    /// Side by side readings: pages, lists and the engine. Each costs its own connection, opened when first needed.
    private static let readers = 4

    /// The absolute path of the file.
    public let path: String

    private let pool: DatabasePool
    private let file: StoreFile
    private let queue: CommitQueue
    private let signal: ArrivalSignal
    private let lock: DaemonLock?
    private let mark: CommitMark
    /// What was missing when this opened the store, where anything was.
    public let loss: StoreLoss?
    /// `nil` in a command, which writes too little to need one.
    private let checkpointer: Checkpointer?
    private let closing = Mutex(false)

    /// Opens a store, or makes one where nothing is, readable by its owner alone.
    ///
    /// Compares first what was claimed to be stored with what is there; what is missing is kept as a loss and does not
    /// keep the store from being opened.
    ///
    /// - Parameters:
    ///   - audit: what the audit chain is written with.
    ///   - now: when a loss counts as found.
    ///   - instruments: what measures its commits.
    /// - Throws: ``StoreError``: `notAStore`, with the file untouched, when it is no store of ours or one of a newer
    ///   version; `inUse` when another daemon has it; `unavailable`, `full` or `damaged` when it cannot be used.
    public static func open(
        path: String,
        role: StoreRole,
        audit: AuditParts,
        now: Date = Date(),
        instruments: StorageInstruments = StorageInstruments()
    ) throws -> SQLiteStore {
        do {
            let path = URL(fileURLWithPath: path).path
            return try SQLiteStore(path: path, role: role, audit: audit, now: now, instruments)
        } catch {
            throw StoreError(describing: error)
        }
    }

    private init(
        path: String,
        role: StoreRole,
        audit: AuditParts,
        now: Date,
        _ instruments: StorageInstruments
    ) throws {
        guard access(StoreRestore.sign(of: path), F_OK) != 0 else {
            throw StoreError(.unavailable, "a restore of \(path) was cut short: run restore again")
        }
        let isStore = try StoreHeader.isStore(path)
        lock = role == .daemon ? try DaemonLock(store: path) : nil
        if !isStore { try StoreFile.create(path) }
        self.path = path
        mark = try CommitMark(store: path, role: role)
        // Before anything is opened: opening takes of the log what is whole and lets the rest be written over.
        let missing = MissingLog(of: path, claim: mark.found, at: now)
        pool = try DatabasePool(path: path, configuration: Self.configuration(role))
        // After opening: the pool sets NORMAL, which would acknowledge what a power cut can lose.
        try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
        try Self.migrate(pool)
        loss = try Self.compare(pool, missing, mark, log: StoreFile.log(of: path), at: now)
        file = try StoreFile(opened: path)
        signal = ArrivalSignal()
        queue = CommitQueue(
            writer: SQLiteWriter(pool: pool, file: file, mark: role == .daemon ? mark : nil),
            signal: signal,
            audit: audit,
            instruments: instruments
        )
        checkpointer =
            try role == .daemon
            ? Checkpointer(path: path, configuration: Self.configuration(role), mark: mark) : nil
        if let checkpointer { pool.writeWithoutTransaction { checkpointer.install(on: $0) } }
    }

    deinit {
        guard !closing.withLock({ $0 }), !abandonIfReplaced() else { return }
        if let checkpointer { pool.writeWithoutTransaction { checkpointer.uninstall(from: $0) } }
    }

    private static func configuration(_ role: StoreRole) -> Configuration {
        var configuration = Configuration()
        configuration.label = "store"
        configuration.busyMode = .timeout(role.patience)
        configuration.maximumReaderCount = readers
        configuration.prepareDatabase { database in
            // The operating system's cache serves both better than memory of ours.
            try database.execute(sql: "PRAGMA mmap_size = 0")
            guard !database.configuration.readonly else {
                try database.execute(sql: "PRAGMA cache_size = -512")
                return
            }
            try database.execute(sql: "PRAGMA cache_size = -2048")
            // The log shrinks again after a rush.
            try database.execute(sql: "PRAGMA journal_size_limit = 16777216")
            // What undoes a piece of work inside a transaction fits into memory; a file would be made for each.
            try database.execute(sql: "PRAGMA temp_store = MEMORY")
            // What is deleted is overwritten: bodies and people that were let go are not to be found in free pages.
            try database.execute(sql: "PRAGMA secure_delete = ON")
            // Before the log is switched on, so that the main file itself always says whose it is.
            if try Int.fetchOne(database, sql: "PRAGMA application_id") == 0 {
                try database.execute(sql: "PRAGMA application_id = \(StoreHeader.applicationID)")
            }
        }
        return configuration
    }

    private static func migrate(_ pool: DatabasePool) throws {
        let migrator = Schema.migrator
        do {
            try migrator.migrate(pool)
        } catch {
            // Another process may have made the same tables at the same moment.
            guard try pool.read(migrator.hasCompletedMigrations) else { throw error }
        }
    }

    /// A file has one daemon.
    public var isShared: Bool { false }

    public func append(
        _ incoming: IncomingDelivery,
        completion: @escaping @Sendable (Result<AppendOutcome, StoreError>) -> Void
    ) { queue.append(incoming, completion: completion) }

    public func write<Answer: Sendable>(
        _ body: @escaping @Sendable (any StoreSession) throws -> Answer
    ) async throws -> Answer { try await queue.write(body) }

    public func read<Answer: Sendable>(
        _ body: @escaping @Sendable (any StoreReadings) throws -> Answer
    ) async throws -> Answer {
        guard !closing.withLock({ $0 }) else { throw CommitQueue.closedError }
        // A reader that is opened now would read the file that stands there now.
        try file.check()
        do {
            return try await pool.read { try body(SQLSession(SQLiteDatabase($0))) }
        } catch {
            throw StoreError.translated(error)
        }
    }

    /// Copies the log back and empties it, so that what was deleted, and overwritten in the store, is not in the log.
    ///
    /// - Throws: ``StoreError``: `busy` while another process reads from the log or writes to it.
    public func scrub() async throws {
        try file.check()
        do {
            try await pool.barrierWriteWithoutTransaction { _ = try $0.checkpoint(.truncate) }
        } catch {
            throw StoreError.translated(error)
        }
    }

    /// Whether a write would succeed now. After a failed commit this tries a small one, so that a store that has room
    /// again says so without anybody's delivery at stake.
    public func isReady() async -> Bool {
        guard !closing.withLock({ $0 }), file.hasRoom, (try? file.check()) != nil else { return false }
        return await queue.isReady()
    }

    /// A new stream for the one consumer; the one handed out before ends. It wakes once when it is made.
    public var arrivals: AsyncStream<Void> { signal.stream() }

    /// Transactions committed since opening. Beside the number of deliveries it tells how well the grouping works.
    public var commits: Int { queue.commits }

    /// Jobs that wait for the next batch.
    var waiting: Int { queue.waiting }

    public func close() async throws {
        let first = closing.withLock { closing in
            defer { closing = true }
            return !closing
        }
        guard first else { return }
        await queue.close()
        signal.finish()
        defer { lock?.release() }
        guard !abandonIfReplaced() else { return }
        let (pool, checkpointer, mark) = (pool, checkpointer, mark)
        // Waits for readers and a copy, so not on a thread that others need.
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            DispatchQueue.global().async {
                let closed = Result {
                    if let checkpointer {
                        pool.writeWithoutTransaction { checkpointer.uninstall(from: $0) }
                        try checkpointer.close()
                        pool.writeWithoutTransaction { Self.emptyLog($0, mark) }
                    }
                    try pool.close()
                }
                continuation.resume(with: closed.mapError(StoreError.translated))
            }
        }
    }

    /// Never closes a store whose files are no longer ours: on closing, SQLite removes the log **by name**, and the
    /// name may be another store's by now. The connections then live as long as the process.
    @discardableResult
    private func abandonIfReplaced() -> Bool {
        guard (try? file.check()) == nil else { return false }
        _ = Unmanaged.passRetained(pool)
        // The writing connection goes on calling it.
        if let checkpointer { _ = Unmanaged.passRetained(checkpointer) }
        return true
    }

    /// Runs on the writing connection outside any transaction: for tests that look at settings or set a limit.
    func onWriter<Answer>(_ body: (Database) throws -> Answer) throws -> Answer {
        try pool.writeWithoutTransaction(body)
    }
}
