public import Foundation

/// What can be read inside a transaction. Lists are bounded by the caller, never by the store.
public protocol StoreReadings: OpenPartReadings, OutboxReadings, ChatReadings, LimitReadings, SweepReadings,
    SightingReadings, CredentialReadings, RetentionReadings, AuditReadings, FailedReadingReadings, LossReadings,
    FigureReadings
{
    func delivery(_ id: DeliveryID) throws -> Delivery?
    /// Newest first.
    func deliveries(matching filter: DeliveryFilter) throws -> [DeliverySummary]
    /// The oldest deliveries that are accepted, not yet read and no suspects, bodies included.
    func acceptedDeliveries(limit: Int) throws -> [Delivery]
    /// Those of some deliveries that are accepted and not yet read.
    func unread(among ids: [DeliveryID]) throws -> Set<DeliveryID>
    /// The trace that a delivery was part of, while its headers are kept.
    func trace(of delivery: DeliveryID) throws -> TraceParent?
    /// The trace of the first delivery that told of a case.
    func trace(of case: CaseID) throws -> TraceParent?
    /// The ids of the cases that a delivery's departures went to, in order.
    func cases(of delivery: DeliveryID) throws -> [CaseID]

    func `case`(_ id: CaseID) throws -> Case?
    /// Newest first.
    func cases(matching filter: CaseFilter) throws -> [Case]
    /// Open cases that share an email, oldest first.
    func openCases(sharing emails: [EmailAddress]) throws -> [Case]
    /// In the order of organization, user, key.
    func removals(of id: CaseID) throws -> [Removal]
    /// Everything ever said about a person by any of the emails, oldest first by order (rule 13).
    func statements(about emails: [EmailAddress]) throws -> [Statement]

    /// User ids with a removal planned at or after `since` whose case was let run (rule 16).
    ///
    /// Cases that were cancelled or refused before any DELETE do not count; neither does `excluding`.
    /// - Parameters:
    ///   - sender: counts the cases that this sender told of alone; `nil` counts all.
    ///   - countingDryRuns: counts those, too, whom dry runs would have removed.
    func plannedUsers(
        since: Date,
        sender: String?,
        countingDryRuns: Bool,
        excluding: CaseID?
    ) throws -> Set<UserID>
    /// As ``plannedUsers(since:sender:countingDryRuns:excluding:)``, by organization.
    func plannedUsersByOrganization(
        since: Date,
        countingDryRuns: Bool,
        excluding: CaseID
    ) throws -> [OrganizationID: Set<UserID>]

    /// Who told of a case's departure, each once, in order; its own sender where nothing is kept of what was said.
    func tellers(of case: Case) throws -> [String]
    /// What a sender said, oldest first.
    func statements(by sender: String, since: Date?) throws -> [Statement]

    /// When each secret of a sender last verified a new delivery, the latest first; one without a name stands for
    /// deliveries that no secret verified. Remembered longer than the deliveries are kept.
    func secretUses(of sender: String) throws -> [SecretUse]
    /// When the oldest delivery that is kept was received; `nil` where there is none.
    func oldestDelivery() throws -> Date?

    /// Heartbeats of workers, newest first.
    func heartbeats() throws -> [Heartbeat]
    /// Whether `test SENDER` announced a delivery with this replay key.
    func isAnnouncedTest(sender: String, key: ReplayKey) throws -> Bool
}

extension StoreReadings {
    /// Newest first. `limit` `nil` means all; `after` continues below that id.
    public func deliveries(limit: Int?, after: DeliveryID?) throws -> [DeliverySummary] {
        try deliveries(matching: DeliveryFilter(limit: limit, after: after))
    }

    /// When the newest departure happened that a case is about (rule 13).
    func leftAt(_ found: Case) throws -> Date {
        let said = try statements(about: found.emails)
        return said.filter { $0.departure.kind == .departed && $0.caseID == found.id }.map(\.orderedAt).max()
            ?? found.occurredAt
    }
}

/// What can be read and changed inside a transaction.
public protocol StoreSession: StoreReadings, OpenPartSession, OutboxSession, ChatSession, LimitSession, SweepSession,
    SightingSession, CredentialSession, RetentionSession, AuditSession, FailedReadingSession, LossSession,
    WorkLeaseSession
{
    /// Sets what became of a delivery. It counts as read from then on, also where it stays `accepted`.
    func settle(_ id: DeliveryID, as state: Delivery.State, reason: String?) throws

    func insert(_ new: Case) throws
    func update(_ changed: Case) throws
    /// Replaces all removals of a case.
    func replaceRemovals(of id: CaseID, with removals: [Removal]) throws
    /// Inserts or changes the removal of one membership (or of one unreadable key).
    func save(_ removal: Removal, of id: CaseID) throws
    /// Keeps what a delivery, or a person at the command line, said about somebody.
    func insert(_ statement: Statement) throws

    /// Takes due cases for a worker, oldest due first: those whose `dueAt` has come, in a state that
    /// `claimed` (after `due` where scheduled) allows, and those whose lease has run out. Each comes back `running`
    /// with the lease.
    func claimDueCases(owner: String, now: Date, leaseUntil: Date, limit: Int) throws -> [Case]
    /// Takes one case whatever its `dueAt`, if it is not leased to another living worker and its state allows it.
    func claim(_ id: CaseID, owner: String, now: Date, leaseUntil: Date) throws -> Case?
    /// Extends the leases of a worker; cases of others are left alone.
    func extendLeases(of cases: [CaseID], owner: String, until: Date) throws
    /// Makes due what would be due too late since the clock was set back: cases, open parts and messages that wait for
    /// longer than `latest` are due at `now`; leases end at `latest`; a scheduled case begins when it takes effect or at
    /// `grace`, whichever is later, if that is earlier than its time.
    ///
    /// - Returns: how many there were.
    func bringForward(to now: Date, dueAfter latest: Date, scheduledUpTo grace: Date) throws -> Int
    /// Frees every running case whose lease owner starts with `ownerPrefix`: its worker is known to be dead.
    func releaseLeases(ownedByPrefix ownerPrefix: String, now: Date) throws -> Int

    func beat(_ heartbeat: Heartbeat) throws
    func removeHeartbeat(of worker: String) throws
    func announceTest(sender: String, key: ReplayKey, at: Date) throws
}

/// A delivery without its bytes, as lists show it.
public struct DeliverySummary: Sendable, Equatable {
    public let id: DeliveryID
    public let sender: String
    public let receivedAt: Date
    public let state: Delivery.State
    public let reason: String?
    public let cases: [CaseID]

    public init(
        id: DeliveryID,
        sender: String,
        receivedAt: Date,
        state: Delivery.State,
        reason: String?,
        cases: [CaseID]
    ) {
        self.id = id
        self.sender = sender
        self.receivedAt = receivedAt
        self.state = state
        self.reason = reason
        self.cases = cases
    }

    public init(_ delivery: Delivery, cases: [CaseID]) {
        self.init(
            id: delivery.id,
            sender: delivery.sender,
            receivedAt: delivery.receivedAt,
            state: delivery.state,
            reason: delivery.reason,
            cases: cases
        )
    }
}

/// Which deliveries a list shows.
public struct DeliveryFilter: Sendable {
    public var state: Delivery.State?
    /// `nil` means all.
    public var limit: Int?
    /// Continues below this id.
    public var after: DeliveryID?

    public init(state: Delivery.State? = nil, limit: Int? = nil, after: DeliveryID? = nil) {
        self.state = state
        self.limit = limit
        self.after = after
    }
}

/// Which cases a list shows.
public struct CaseFilter: Sendable {
    public var email: EmailAddress?
    public var states: Set<CaseState>?
    public var result: Case.Result?
    /// Only those that were opened at or after a time.
    public var since: Date?
    /// `nil` means all.
    public var limit: Int?
    /// Continues below this id.
    public var after: CaseID?

    public init(
        email: EmailAddress? = nil,
        states: Set<CaseState>? = nil,
        result: Case.Result? = nil,
        since: Date? = nil,
        limit: Int? = nil,
        after: CaseID? = nil
    ) {
        self.email = email
        self.states = states
        self.result = result
        self.since = since
        self.limit = limit
        self.after = after
    }
}

/// What somebody said about a person: a departure as it was kept, with where it came from.
public struct Statement: Sendable, Equatable {
    public let departure: Departure
    public let sender: String
    public let delivery: DeliveryID?
    public let receivedAt: Date
    /// The case that it went to.
    public let caseID: CaseID?

    public init(departure: Departure, sender: String, delivery: DeliveryID?, receivedAt: Date, caseID: CaseID?) {
        self.departure = departure
        self.sender = sender
        self.delivery = delivery
        self.receivedAt = receivedAt
        self.caseID = caseID
    }

    /// When it happened, else when it arrived: what orders statements about one person (rule 13).
    ///
    /// Local time written as if it were UTC is up to 14 hours ahead, so that a day ahead of its arrival is believed. What
    /// claims to happen later than that would outrank everything that is said of the person until then.
    public var orderedAt: Date {
        guard let occurredAt = departure.occurredAt, occurredAt <= receivedAt.addingTimeInterval(86_400) else {
            return receivedAt
        }
        return occurredAt
    }
}

/// A living worker.
public struct Heartbeat: Sendable, Equatable {
    /// What the names of daemons among the workers begin with.
    public static let daemonPrefix = "daemon:"

    /// `daemon:` or `command:` and what tells this process from others, then what tells its generations apart, behind the
    /// last colon.
    public let worker: String
    public let at: Date
    /// Where the daemon listens, for `test SENDER`; `nil` for commands.
    public let listener: String?

    /// A daemon that has not been heard of for so many seconds counts as dead. It speaks every two.
    public static let longestSilence: TimeInterval = 10

    /// Whether it is a daemon's, and fresh by this machine's clock.
    public func isOfLivingDaemon(at now: Date) -> Bool {
        isOfDaemon && abs(now.timeIntervalSince(at)) < Self.longestSilence
    }

    public var isOfDaemon: Bool { worker.hasPrefix(Self.daemonPrefix) }

    /// The process: what its generations have in common.
    public func isOfSameProcess(as other: String) -> Bool {
        process == Heartbeat(worker: other, at: at, listener: nil).process
    }

    var process: Substring { worker[..<(worker.lastIndex(of: ":") ?? worker.endIndex)] }

    public init(worker: String, at: Date, listener: String?) {
        self.worker = worker
        self.at = at
        self.listener = listener
    }
}

/// The last use of one of a sender's secrets.
public struct SecretUse: Sendable, Equatable {
    /// As ``Delivery/secretName``.
    public let secret: String?
    /// When the last new delivery that it verified was received.
    public let lastUsedAt: Date

    public init(secret: String?, lastUsedAt: Date) {
        self.secret = secret
        self.lastUsedAt = lastUsedAt
    }
}
