/// Something that is read for many who ask at once: whoever asks gets a reading that began at or after an instant, the
/// latest, the running one, or a new one.
actor SharedReading<Value: Sendable> {
    private struct Latest {
        let began: ContinuousClock.Instant
        let value: Value
    }

    private struct Running {
        let began: ContinuousClock.Instant
        let task: Task<Value, Never>
    }

    private let time: any TimeSource
    private let read: @Sendable (ContinuousClock.Instant) async -> Value
    private var latest: Latest?
    private var running: Running?

    /// - Parameter read: reads, and is given the instant at which the reading began.
    init(time: any TimeSource, _ read: @escaping @Sendable (ContinuousClock.Instant) async -> Value) {
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
            if running.began >= instant { return value }
        }
    }

    private func start() -> Running {
        let began = time.instant()
        // Whoever asked first, it is read for all.
        let task = WorkContext.$current.withValue(nil) {
            Task {
                let value = await self.read(began)
                self.finish(Latest(began: began, value: value))
                return value
            }
        }
        let started = Running(began: began, task: task)
        running = started
        return started
    }

    private func finish(_ reading: Latest) {
        latest = reading
        running = nil
    }
}
