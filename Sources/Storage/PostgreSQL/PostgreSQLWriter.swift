internal import Foundation
internal import Synchronization

/// The one session of this process that writes, on a queue of its own.
final class PostgreSQLWriter: CommitWriter {
    private let database: Mutex<PostgreSQLDatabase>
    private let queue = DispatchQueue(label: "store writer")

    init(_ server: PostgreSQLServer) { database = Mutex(PostgreSQLDatabase(server)) }

    func perform(_ body: @escaping @Sendable (any CommitConnection) -> Void) {
        queue.async { self.database.withLock { body($0) } }
    }

    /// A database cannot be moved away under a session.
    func check() {}

    func noteCommit(newest: NewestDelivery?) {}

    func close() { database.withLock { $0.close() } }
}
