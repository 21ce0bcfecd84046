internal import Offboarding

/// The connection that writes, on its own thread.
protocol CommitConnection: SQLDatabase {
    /// Whether a transaction is open that can still be committed.
    var isInTransaction: Bool { get }

    /// Runs everything in one transaction, which keeps every other writer out, and returns when it is durable.
    func transaction(_ body: () throws -> Void) throws
    /// Runs a part of a transaction; where it throws, that part alone is undone.
    func savepoint(_ body: () throws -> Void) throws
    /// Appends deliveries, or recognizes them, in order: one outcome for each.
    func append(_ deliveries: [PreparedDelivery], _ audit: AuditWriter) throws -> AppendedDeliveries
    /// Has other processes told of new work once the transaction is committed.
    func announceArrivals() throws
}

/// Hands out the connection that writes, and watches over what it writes to.
protocol CommitWriter: Sendable {
    /// Runs something on the thread of the connection.
    func perform(_ body: @escaping @Sendable (any CommitConnection) -> Void)
    /// - Throws: `StoreError` where the store is no longer the one that was opened.
    func check() throws
    /// Called after each commit, before anybody is told.
    ///
    /// - Parameter newest: the newest delivery of the commit, where it stored any.
    func noteCommit(newest: NewestDelivery?)
}

/// What became of deliveries that were appended together.
struct AppendedDeliveries {
    var outcomes: [Result<AppendOutcome, StoreError>] = []
    /// The newest one that was stored.
    var newest: NewestDelivery?
}

/// The last delivery in the order in which they were stored.
struct NewestDelivery: Sendable {
    let sequence: Int64
    /// In milliseconds since 1970.
    let receivedAt: Int64
}
