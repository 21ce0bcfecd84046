public import Foundation
public import Offboarding
internal import Synchronization

/// The store in PostgreSQL 15 or later, which several daemons share: synchronous commit, group commit.
///
/// Any number of nodes and commands have it open; their writing transactions take turns, as the one audit chain needs it.
/// Times are kept in whole milliseconds: a `Date` given so comes back equal. Text holds no NUL: it comes back as U+FFFD.
public final class PostgreSQLStore: Store {
    /// The schema that has the tables, in whatever database the URI names.
    public static let schema = "vultr_offboard"

    /// Side by side readings, each with a session of its own.
    private static let readers = 4

    private let queue: CommitQueue
    private let writer: PostgreSQLWriter
    private let reader: PostgreSQLReaders
    private let listener: PostgreSQLListener
    private let signal = ArrivalSignal()
    private let server: PostgreSQLServer
    private let closing = Mutex(false)
    /// What an operator should know about the way to the server.
    public let warnings: [String]

    /// Whether a text is a URI that this can open: `postgresql://…`, as libpq has it.
    public static func canRead(uri: String) -> Bool { PostgreSQLConnection.canRead(uri) }

    /// Opens the store, and makes its tables where there are none. Blocks until the server has answered.
    ///
    /// - Parameters:
    ///   - uri: reads a libpq connection URI, anew for each session. Several hosts may be named; the one that can be
    ///     written is taken.
    ///   - audit: what the audit chain is written with.
    ///   - now: this machine's time, which is compared with the server's.
    /// - Throws: ``StoreError``: `notAStore` when the server or its tables are none that this can use; `unavailable` when
    ///   it cannot be reached, or its clock is another one's.
    public static func open(
        uri: @escaping @Sendable () throws -> String,
        role: StoreRole,
        audit: AuditParts,
        now: Date = Date(),
        instruments: StorageInstruments = StorageInstruments()
    ) throws -> PostgreSQLStore {
        try open(uri: uri, schema: schema, role: role, audit: audit, now: now, instruments: instruments)
    }

    static func open(
        uri: @escaping @Sendable () throws -> String,
        schema: String,
        role: StoreRole,
        audit: AuditParts,
        now: Date = Date(),
        instruments: StorageInstruments = StorageInstruments()
    ) throws -> PostgreSQLStore {
        let server = PostgreSQLServer(uri: uri, schema: schema, patience: role.patience)
        do {
            let connection = try server.connect()
            try server.check(connection, now: now)
            try PostgreSQLSchema.migrate(connection, schema: schema)
            return PostgreSQLStore(server, role, audit, instruments, isPrivate: connection.isPrivate)
        } catch {
            throw StoreError(describing: error)
        }
    }

    private init(
        _ server: PostgreSQLServer,
        _ role: StoreRole,
        _ audit: AuditParts,
        _ instruments: StorageInstruments,
        isPrivate: Bool
    ) {
        self.server = server
        warnings =
            isPrivate
            ? []
            : ["what passes between this machine and PostgreSQL is not encrypted: set sslmode=verify-full in the URI"]
        writer = PostgreSQLWriter(server)
        reader = PostgreSQLReaders(server, count: Self.readers)
        listener = PostgreSQLListener(server, signal)
        queue = CommitQueue(writer: writer, signal: signal, audit: audit, instruments: instruments)
        if role == .daemon { listener.start() }
    }

    deinit { listener.close() }

    public var isShared: Bool { true }

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
        return try await reader.read(body)
    }

    /// Lets the server take back the room of what was deleted. Its own log and its copies are beyond this.
    ///
    /// - Throws: ``StoreError``.
    public func scrub() async throws {
        let server = server
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            // It takes as long as the disk does, so not on a thread that others need.
            DispatchQueue.global().async {
                continuation.resume(
                    with: Result { _ = try server.connect().run("VACUUM") }.mapError(StoreError.translated)
                )
            }
        }
    }

    /// Whether a write would succeed now. After a failed commit this tries a small one.
    public func isReady() async -> Bool {
        guard !closing.withLock({ $0 }) else { return false }
        return await queue.isReady()
    }

    /// A new stream for the one consumer; the one handed out before ends. It wakes once when it is made.
    public var arrivals: AsyncStream<Void> { signal.stream() }

    /// Transactions committed by this process since opening.
    public var commits: Int { queue.commits }

    public func close() async throws {
        let first = closing.withLock { closing in
            defer { closing = true }
            return !closing
        }
        guard first else { return }
        await queue.close()
        signal.finish()
        listener.close()
        writer.close()
        reader.close()
    }
}
