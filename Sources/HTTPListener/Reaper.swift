import Glibc
import Logging
import Synchronization

/// The thread that cuts connections past their deadline and empties lingering sockets.
///
/// libmicrohttpd's own timeout is for idleness only: a byte a second keeps a connection forever. Here every connection
/// has one absolute deadline, and the thread sleeps until the earliest of them. A deadline set while it sleeps lies at
/// least the shortest limit ahead, so sleeping no longer than that misses none.
final class Reaper: Sendable {
    private let core: ListenerCore
    private let isStopped = Atomic<Bool>(false)
    private let thread = Mutex<pthread_t?>(nil)

    /// Never look more often than this, in nanoseconds: with thousands of deadlines one is always about to pass, and
    /// nobody needs a deadline to the millisecond.
    private static let shortestSleep: UInt64 = 10_000_000

    init(core: ListenerCore) {
        self.core = core
    }

    func start() throws(ListenerError) {
        let closure = Unmanaged.passRetained(self)
        var started = pthread_t()
        let result = pthread_create(
            &started,
            nil,
            { raw in
                guard let raw else { return nil }
                Unmanaged<Reaper>.fromOpaque(raw).takeRetainedValue().run()
                return nil
            },
            closure.toOpaque()
        )
        guard result == 0 else {
            closure.release()
            throw ListenerError(.startFailed, "no thread for the reaper", errno: result)
        }
        thread.withLock { $0 = started }
    }

    /// Ends the thread and waits for its end.
    func stop() {
        guard let running = thread.withLock({ $0.take() }) else { return }
        isStopped.store(true, ordering: .releasing)
        core.lingering.wakeUp()
        pthread_join(running, nil)
    }

    private func run() {
        while !isStopped.load(ordering: .acquiring) {
            let now = MonotonicClock.now()
            let (earliest, cut) = core.table.cutExpired(now: now)
            if cut > 0 {
                core.logger.debug("connections cut at their deadline", metadata: ["count": "\(cut)"])
            }
            core.lingering.drain(now: now)
            let latest = now &+ core.limits.shortestDeadline
            core.lingering.wait(until: max(min(earliest, latest), now &+ Self.shortestSleep))
        }
    }
}
