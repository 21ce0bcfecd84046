/// Who opens a store.
public enum StoreRole: Sendable {
    /// A daemon. Of SQLite there is one at a time, and a second one is refused.
    case daemon
    /// A command that runs beside it.
    case command

    /// How long one process waits for another's transaction, in seconds. Transactions take milliseconds.
    ///
    /// A batch that waited longer is answered with 503 while its senders still listen. A command has a person who waits, and
    /// who has the lock is anybody's luck: a daemon with a crowd of deliveries may keep it for a long time.
    var patience: Double {
        switch self {
        case .daemon: 5
        case .command: 120
        }
    }
}
