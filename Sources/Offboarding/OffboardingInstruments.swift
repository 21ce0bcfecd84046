public import CoreMetrics
import Foundation

/// What the engine counts of cases and removals.
public final class EngineInstruments: Sendable {
    /// Seconds from a departure, told and in effect, to the proof that the person is gone.
    public static let timeToRevoke = "offboard_time_to_revoke_seconds"
    /// By key and outcome: each removal once for each outcome that it comes to; `retrying` and `operator` once for each
    /// DELETE that failed, too.
    public static let removals = "offboard_removals_total"
    /// What stands for a key that is not configured any more.
    static let otherKey = "unconfigured"

    private let timer: CoreMetrics.Timer
    private let removals: [String: [Removal.Outcome: Counter]]

    /// - Parameter keys: their names in the configuration.
    public init(keys: [String] = [], factory: any MetricsFactory = NOOPMetricsHandler.instance) {
        timer = CoreMetrics.Timer(label: Self.timeToRevoke, factory: factory)
        func counters(_ key: String) -> [Removal.Outcome: Counter] {
            Dictionary(
                uniqueKeysWithValues: Removal.Outcome.allCases.map { outcome in
                    let labels = [("key", key), ("outcome", outcome.rawValue)]
                    return (outcome, Counter(label: Self.removals, dimensions: labels, factory: factory))
                }
            )
        }
        removals = Dictionary((keys + [Self.otherKey]).map { ($0, counters($0)) }) { first, _ in first }
    }

    /// A case ended a run.
    func settled(_ settled: Case) {
        guard settled.state == .completed, settled.result == .removed, let seconds = settled.timeToRevoke
        else { return }
        timer.recordSeconds(seconds)
    }

    /// Removals came to an outcome.
    func decided(_ decided: [Removal]) { for removal in decided { count(removal) } }

    /// A DELETE failed.
    func failed(_ removal: Removal) { count(removal) }

    private func count(_ removal: Removal) {
        let ofKey = removals[removal.key] ?? removals[Self.otherKey]
        ofKey?[removal.outcome]?.increment()
    }
}

/// What is known of each key by its last reading.
public final class DirectoryInstruments: Sendable {
    /// When a key's lists were last read whole, in seconds since 1970, by key.
    public static let lastReading = "offboard_key_last_reading_timestamp_seconds"
    /// Whether the last reading failed, by key.
    public static let failing = "offboard_key_failing"
    /// Of the key's lists, how many the last reading could not prove complete, by key.
    public static let unproven = "offboard_key_unproven_lists"

    private struct Key: Sendable {
        let lastReading: Meter
        let failing: Meter
        let unproven: Meter
    }

    private let keys: [String: Key]

    /// - Parameter keys: their names in the configuration.
    public init(keys: [String] = [], factory: any MetricsFactory = NOOPMetricsHandler.instance) {
        self.keys = Dictionary(
            keys.map { name in
                func meter(_ label: String) -> Meter {
                    Meter(label: label, dimensions: [("key", name)], factory: factory)
                }
                let key = Key(
                    lastReading: meter(Self.lastReading),
                    failing: meter(Self.failing),
                    unproven: meter(Self.unproven)
                )
                return (name, key)
            }
        ) { first, _ in first }
    }

    func read(_ reading: KeyReading, at now: Date) {
        guard let key = keys[reading.key.name] else { return }
        key.failing.set(reading.failure == nil ? 0 : 1)
        guard reading.failure == nil else { return }
        key.lastReading.set(now.timeIntervalSince1970)
        let suspended = reading.suspended.values.filter { answer in
            if case .success(let listing) = answer { return !listing.isProven }
            return true
        }
        key.unproven.set([reading.organizations.isProven, reading.users.isProven].count { !$0 } + suspended.count)
    }
}

/// What is counted of notices.
public final class NoticeInstruments: Sendable {
    public enum Result: String, Sendable, CaseIterable {
        /// The target took it.
        case sent
        /// It was not taken, and is tried again.
        case failed
    }

    /// Messages sent or tried, by target and ``Result``.
    public static let notices = "offboard_notices_total"

    private let counters: [String: [Result: Counter]]

    /// - Parameter targets: their names in the configuration.
    public init(targets: [String] = [], factory: any MetricsFactory = NOOPMetricsHandler.instance) {
        counters = Dictionary(
            targets.map { target in
                let counters = Result.allCases.map { result in
                    let labels = [("target", target), ("result", result.rawValue)]
                    return (result, Counter(label: Self.notices, dimensions: labels, factory: factory))
                }
                return (target, Dictionary(uniqueKeysWithValues: counters))
            }
        ) { first, _ in first }
    }

    func count(_ result: Result, to target: String) { counters[target]?[result]?.increment() }
}

/// What is known of the audit chain's checkpoints.
public final class AuditInstruments: Sendable {
    /// When a checkpoint last left this machine's store for the log, in seconds since 1970.
    public static let checkpoint = "offboard_audit_checkpoint_timestamp_seconds"

    private let checkpoint: Meter

    public init(factory: any MetricsFactory = NOOPMetricsHandler.instance) {
        checkpoint = Meter(label: Self.checkpoint, factory: factory)
    }

    func told(at now: Date) { checkpoint.set(now.timeIntervalSince1970) }
}
