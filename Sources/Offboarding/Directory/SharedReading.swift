internal import Synchronization

/// Something that is read for many who ask at once: whoever asks gets a reading that began at or after an instant, the
/// latest, the running one, or a new one.
///
/// A reading that waits for its turn has not begun yet, so that whoever comes meanwhile shares it.
actor SharedReading<Value: Sendable> {
    private struct Latest {
        let began: ContinuousClock.Instant
        let value: Value
    }

    /// When a reading began. One that does not say so began when it was started.
    private final class Beginning: Sendable {
        private let instant: Mutex<ContinuousClock.Instant>

        init(_ started: ContinuousClock.Instant) { instant = Mutex(started) }

        var value: ContinuousClock.Instant { instant.withLock { $0 } }

        func note(_ now: ContinuousClock.Instant) -> ContinuousClock.Instant {
            instant.withLock { $0 = now }
            return now
        }
    }

    private struct Running {
        let beginning: Beginning
        let task: Task<Value, Never>
    }

    private let time: any TimeSource
    private let read: @Sendable (_ begin: @Sendable () -> ContinuousClock.Instant) async -> Value
    private var latest: Latest?
    private var running: Running?

    /// - Parameter read: reads. It calls what it is given once, before it asks for anything, and learns the instant at which
    ///   the reading begins.
    init(
        time: any TimeSource,
        _ read: @escaping @Sendable (_ begin: @Sendable () -> ContinuousClock.Instant) async -> Value
    ) {
        self.time = time
        self.read = read
    }

    /// The latest reading that has ended.
    var latestValue: Value? { latest?.value }

    func value(begunAfter instant: ContinuousClock.Instant) async -> Value {
        while true {
            if let latest, latest.began >= instant { return latest.value }
            guard let running else { return await start().task.value }
            let value = await running.task.value
            if running.beginning.value >= instant { return value }
        }
    }

    private func start() -> Running {
        let beginning = Beginning(time.instant())
        // Whoever asked first, it is read for all.
        let task = WorkContext.$current.withValue(nil) {
            Task { [time] in
                let value = await self.read { beginning.note(time.instant()) }
                self.finish(Latest(began: beginning.value, value: value))
                return value
            }
        }
        let started = Running(beginning: beginning, task: task)
        running = started
        return started
    }

    private func finish(_ reading: Latest) {
        latest = reading
        running = nil
    }
}
