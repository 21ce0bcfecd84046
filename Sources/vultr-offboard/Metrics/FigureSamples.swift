import Foundation
import Offboarding
import PrometheusText

/// What is state, not an event: read from the store when it is asked for.
enum FigureSamples {
    static let oldestUnrevoked = "offboard_oldest_unrevoked_seconds"
    static let cases = "offboard_cases"
    static let back = "offboard_people_back"
    static let enforcing = "offboard_policy_enforcing"
    static let queue = "offboard_queue_deliveries"
    static let queueAge = "offboard_queue_oldest_seconds"
    static let deliveriesState = "offboard_deliveries_state"
    static let lookups = "offboard_lookups_awaited"
    static let ready = "offboard_store_ready"
    static let losses = "offboard_store_losses"
    static let waitingNotices = "offboard_notices_waiting"
    static let auditEntries = "offboard_audit_entries"
    static let auditLast = "offboard_audit_last_entry_timestamp_seconds"
    static let sweepEnded = "offboard_sweep_ended_timestamp_seconds"
    static let sweepProblems = "offboard_sweep_problems"
    static let build = "offboard_build_info"
    static let refusedSeries = "offboard_metric_series_refused_total"

    /// The samples of what the store says.
    ///
    /// - Parameter targets: those of notices, so that one without a message that waits shows 0.
    static func samples(_ figures: StoreFigures, at now: Date, isEnforcing: Bool, targets: [String]) -> [MetricSample] {
        func age(_ date: Date?) -> Double { date.map { max(0, now.timeIntervalSince($0)) } ?? 0 }
        var samples = [
            MetricSample(oldestUnrevoked, [], isEnforcing ? age(figures.unrevokedSince) : 0),
            MetricSample(back, [], Double(figures.back)),
            MetricSample(queue, [], Double(figures.queued)),
            MetricSample(queueAge, [], age(figures.queuedSince)),
            MetricSample(deliveriesState, [Delivery.State.accepted.rawValue], Double(figures.queued)),
            MetricSample(deliveriesState, [Delivery.State.unresolved.rawValue], Double(figures.unresolved)),
            MetricSample(deliveriesState, [Delivery.State.quarantined.rawValue], Double(figures.quarantined)),
            MetricSample(lookups, [], Double(figures.awaitedLookups)),
            MetricSample(losses, [], Double(figures.losses)),
            MetricSample(auditEntries, [], Double(figures.auditEntries)),
        ]
        samples += figures.cases.map { MetricSample(cases, [$0.key.rawValue], Double($0.value)) }
        samples += targets.map { MetricSample(waitingNotices, [$0], Double(figures.waitingNotices[$0] ?? 0)) }
        if let last = figures.lastAuditEntry {
            samples.append(MetricSample(auditLast, [], last.timeIntervalSince1970))
        }
        if let sweep = figures.sweep?.last {
            samples.append(MetricSample(sweepEnded, [], sweep.endedAt.timeIntervalSince1970))
            samples.append(MetricSample(sweepProblems, [], Double(Set(sweep.problems.map(\.key)).count)))
        }
        return samples
    }
}
