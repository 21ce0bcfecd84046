public import Foundation

/// How things stand, in numbers: what an operator watches.
public struct StoreFigures: Sendable, Equatable {
    /// How many cases are in each state; every state is there.
    public var cases: [CaseState: Int] = [:]
    /// Since when somebody has kept access who should not: the earliest departure in effect whose case is open. Tests and
    /// dry runs do not count.
    public var unrevokedSince: Date?
    /// Deliveries that are accepted and not yet read.
    public var queued = 0
    /// When the first of them was received.
    public var queuedSince: Date?
    /// Parts of deliveries whose lookups are awaited.
    public var awaitedLookups = 0
    public var unresolved = 0
    public var quarantined = 0
    /// Cases whose people were seen as members again and still are, as far as is known.
    public var back = 0
    /// Messages that wait to be taken, by target; a target without any is not there.
    public var waitingNotices: [String: Int] = [:]
    /// Times that something acknowledged was missing.
    public var losses = 0
    /// The number of the audit chain's last entry; 0 where there is none.
    public var auditEntries: Int64 = 0
    public var lastAuditEntry: Date?
    public var sweep: SweepSchedule?

    public init() {}
}

/// Numbers, read inside a transaction, quick however long the store has been in use.
public protocol FigureReadings {
    /// - Parameters:
    ///   - now: decides which departures are in effect.
    ///   - shadows: senders nobody is removed for, ``Policy/shadows``.
    func figures(at now: Date, shadows: Set<String>) throws -> StoreFigures
    /// Cases as ``StoreFigures/unrevokedSince`` counts them whose people have kept access since `since` or before, and
    /// that were not told as past their deadline; the oldest first.
    func untoldCases(unrevokedSince since: Date, now: Date, shadows: Set<String>, limit: Int) throws -> [Case]
    /// Cases that ended at or after one time and before another, in that order.
    func cases(finishedFrom from: Date, to: Date) throws -> [Case]
}
