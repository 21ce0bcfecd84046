import Glibc
import Synchronization

/// Sockets whose last answer was sent while the client may still be sending its body.
///
/// Closing such a socket at once makes the kernel answer the client's bytes with a reset, which throws away the answer
/// that the client has not read (RFC 9112 section 9.6): it would see a broken pipe and no 413. So the socket is kept
/// open a little longer under a second descriptor, and what arrives is thrown away.
final class LingeringSockets: Sendable {
    private struct Lingering {
        let descriptor: Int32
        let end: UInt64
        var bytesLeft: Int
    }

    /// How long a client may go on sending, in nanoseconds. Long enough for a round trip and a body on a slow line,
    /// short beside the deadlines a refused client must not gain from.
    static let longest: UInt64 = 2_000_000_000
    /// How many bytes are thrown away for one client.
    private static let mostBytes = 16 * 1_048_576
    /// How many sockets linger; further ones are closed at once. Within `DescriptorLimit.reserve`.
    private static let mostSockets = 128
    private static let scratchBytes = 65_536

    private let sockets = Mutex<[Lingering]>([])
    /// A pair that wakes the reaper: written to when a socket is added, and to stop.
    private let wakeReader: Int32
    private let wakeWriter: Int32

    init() throws(ListenerError) {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw ListenerError(.startFailed, "no descriptors for the reaper", errno: errno)
        }
        wakeReader = ends[0]
        wakeWriter = ends[1]
    }

    deinit {
        sockets.withLock { sockets in
            for socket in sockets { close(socket.descriptor) }
            sockets = []
        }
        close(wakeReader)
        close(wakeWriter)
    }

    /// Keeps the socket of `descriptor`, which the library is about to close, open for a while.
    func add(_ descriptor: Int32) {
        let now = MonotonicClock.now()
        let isKept = sockets.withLock { sockets in
            guard sockets.count < Self.mostSockets else { return false }
            let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
            guard copy >= 0 else { return false }
            // The second descriptor would hold back the end of our side that the library's close stands for.
            shutdown(copy, Int32(SHUT_WR))
            sockets.append(Lingering(descriptor: copy, end: now &+ Self.longest, bytesLeft: Self.mostBytes))
            return true
        }
        if isKept { wakeUp() }
    }

    func wakeUp() {
        var byte: UInt8 = 1
        // The only failure is a buffer that is full, and then the reaper is about to wake already.
        _ = write(wakeWriter, &byte, 1)
    }

    /// Waits until a socket has something to throw away, a wake-up comes, or `deadline` passes.
    func wait(until deadline: UInt64) {
        let held = sockets.withLock { $0 }
        let now = MonotonicClock.now()
        let end = held.reduce(deadline) { min($0, $1.end) }
        var descriptors = [pollfd(fd: wakeReader, events: Int16(POLLIN), revents: 0)]
        descriptors += held.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        // Rounded up: a wait that ends a little early would spin for the rest of its millisecond.
        let milliseconds = end <= now ? 0 : min((end - now) / 1_000_000 + 1, UInt64(Int32.max))
        guard poll(&descriptors, nfds_t(descriptors.count), Int32(milliseconds)) > 0 else { return }
        if descriptors[0].revents != 0 {
            withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { scratch in
                while read(wakeReader, scratch.baseAddress, scratch.count) > 0 {}
            }
        }
    }

    /// Throws away what has arrived, and closes the sockets that are done. Called by the reaper alone.
    func drain(now: UInt64) {
        sockets.withLock { sockets in
            guard !sockets.isEmpty else { return }
            withUnsafeTemporaryAllocation(byteCount: Self.scratchBytes, alignment: 1) { scratch in
                var kept: [Lingering] = []
                for var socket in sockets where !Self.isDone(&socket, now: now, scratch: scratch) {
                    kept.append(socket)
                }
                sockets = kept
            }
        }
    }

    private static func isDone(
        _ socket: inout Lingering,
        now: UInt64,
        scratch: UnsafeMutableRawBufferPointer
    ) -> Bool {
        while now < socket.end, socket.bytesLeft > 0 {
            let count = recv(
                socket.descriptor,
                scratch.baseAddress,
                scratch.count,
                Int32(truncatingIfNeeded: MSG_DONTWAIT)
            )
            if count > 0 {
                socket.bytesLeft -= count
                continue
            }
            if count < 0, errno == EAGAIN || errno == EINTR { return false }
            break
        }
        close(socket.descriptor)
        return true
    }
}
