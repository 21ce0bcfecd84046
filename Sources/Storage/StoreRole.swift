/// Who opens a store.
public enum StoreRole: Sendable {
    /// A daemon. Of SQLite there is one at a time, and a second one is refused.
    case daemon
    /// A command that runs beside it.
    case command
}
