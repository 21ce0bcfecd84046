internal import Foundation
internal import Offboarding
internal import Synchronization

/// Keeps a second daemon off a store: an exclusive `flock` on a file of its own beside it.
///
/// Not on the store's file: closing any descriptor of that one would drop SQLite's own locks, which belong to the
/// process and not to a descriptor (fcntl(2), "record locks").
final class DaemonLock: Sendable {
    private let descriptor: Mutex<CInt?>

    /// - Throws: ``StoreError`` with `inUse` when another daemon has it, `unavailable` when the file cannot be made.
    init(store path: String) throws(StoreError) {
        let descriptor = Foundation.open(path + ".lock", O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw StoreError(.unavailable, "cannot open \(path).lock: \(StoreFile.reason(errno))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let cause = errno
            Foundation.close(descriptor)
            if cause == EWOULDBLOCK { throw StoreError(.inUse, "another daemon has the store \(path)") }
            throw StoreError(.unavailable, "cannot lock \(path).lock: \(StoreFile.reason(cause))")
        }
        self.descriptor = Mutex(descriptor)
    }

    deinit { release() }

    /// Lets the next daemon in. The file stays: removing it would let two daemons lock two different files.
    func release() {
        descriptor.withLock { descriptor in
            if let open = descriptor { Foundation.close(open) }
            descriptor = nil
        }
    }
}
