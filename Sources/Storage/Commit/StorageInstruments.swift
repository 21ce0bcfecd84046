public import CoreMetrics

/// What is measured of the store's commits.
public final class StorageInstruments: Sendable {
    /// Seconds from the begin of a transaction to its end on the disk.
    public static let commitSeconds = "offboard_store_commit_seconds"
    /// How many deliveries and pieces of work were in one.
    public static let commitWrites = "offboard_store_commit_writes"
    /// Commits of which nothing was kept.
    public static let commitFailures = "offboard_store_commit_failures_total"

    private let seconds: CoreMetrics.Timer
    private let writes: Recorder
    private let failures: Counter

    public init(factory: any MetricsFactory = NOOPMetricsHandler.instance) {
        seconds = CoreMetrics.Timer(label: Self.commitSeconds, factory: factory)
        writes = Recorder(label: Self.commitWrites, factory: factory)
        failures = Counter(label: Self.commitFailures, factory: factory)
    }

    func committed(writes count: Int, since began: ContinuousClock.Instant) {
        let (whole, fraction) = (ContinuousClock.now - began).components
        seconds.recordNanoseconds(whole * 1_000_000_000 + fraction / 1_000_000_000)
        writes.record(count)
    }

    func failed() { failures.increment() }
}
