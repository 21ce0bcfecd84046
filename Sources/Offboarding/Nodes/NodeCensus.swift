/// How many daemons share a store, judged by whether their heartbeats go on. Other machines' clocks need not agree with
/// this one's.
public struct NodeCensus: Sendable {
    private struct Sign {
        var heartbeat: Heartbeat
        var changedAt: ContinuousClock.Instant
    }

    private var signs: [String: Sign] = [:]

    public init() {}

    /// Takes note of the heartbeats that the store has now.
    ///
    /// - Returns: how many processes live, this one included.
    public mutating func count(_ heartbeats: [Heartbeat], at now: ContinuousClock.Instant) -> Int {
        var current: [String: Sign] = [:]
        for heartbeat in heartbeats where heartbeat.isOfDaemon {
            let known = signs[heartbeat.worker]
            let isSame = known?.heartbeat == heartbeat
            current[heartbeat.worker] = isSame ? known : Sign(heartbeat: heartbeat, changedAt: now)
        }
        signs = current
        let living = signs.values.filter { now - $0.changedAt < .seconds(Heartbeat.longestSilence) }
        return max(1, Set(living.map(\.heartbeat.process)).count)
    }
}
