public import Foundation

/// What entries prove about one case: who told of it and when, what was decided, what was removed, and on what evidence.
public struct CaseHistory: Sendable {
    /// Somebody said that the person left.
    public struct Telling: Sendable, Equatable {
        public let sequence: Int64
        /// When the delivery came, or the person asked.
        public let receivedAt: String
        /// `sender:NAME` or `person:NAME`.
        public let by: String
        public let delivery: DeliveryID?
        public let effectiveAt: String?
    }

    /// One membership, or one key that could not be read.
    public struct RemovalHistory: Sendable, Equatable {
        public let key: String
        public let organization: String?
        public let user: String?
        public internal(set) var attempts: Int64 = 0
        public internal(set) var sentAt: String?
        public internal(set) var answeredAt: String?
        public internal(set) var httpStatus: Int64?
        /// The last answer that was 2xx.
        public internal(set) var appliedAt: String?
        /// As rule 10 names it; `retrying` until an entry says otherwise.
        public internal(set) var outcome = Removal.Outcome.retrying.rawValue
        public internal(set) var outcomeAt: String?
        /// The last entry about it.
        public internal(set) var sequence: Int64
    }

    /// A decision, or something that is not as it should be.
    public struct Event: Sendable, Equatable {
        public let sequence: Int64
        public let at: String
        public let kind: String
        public let by: String
        public let reason: String?
    }

    /// A list by which the case was completed.
    public struct Evidence: Sendable, Equatable {
        public let key: String
        public let readAt: String
        public let users: Int64
        public let isProven: Bool
    }

    public let id: CaseID
    /// Commitments to the person's addresses, the main one first; empty where no entry of the case has any.
    public private(set) var subject: [String] = []
    public private(set) var tellings: [Telling] = []
    public private(set) var removals: [RemovalHistory] = []
    public private(set) var events: [Event] = []
    public private(set) var evidence: [Evidence] = []
    /// The state that the last entry about it has.
    public private(set) var state: String?
    public private(set) var result: String?
    public private(set) var uncovered: [String] = []
    public private(set) var completedAt: String?
    public private(set) var firstSequence: Int64?
    public private(set) var lastSequence: Int64?

    /// - Parameter records: the entries of the case, in order.
    public init(_ id: CaseID, _ records: [AuditRecord]) {
        self.id = id
        for record in records where record.caseID == id { add(record) }
    }

    private mutating func add(_ record: AuditRecord) {
        firstSequence = firstSequence ?? record.sequence
        lastSequence = record.sequence
        if subject.count < record.subject.count { subject = record.subject }
        switch AuditEvent.Kind(rawValue: record.kind) {
        case .personDeparted:
            tellings.append(
                Telling(
                    sequence: record.sequence,
                    receivedAt: record.facts["received_at"]?.text ?? record.at,
                    by: record.actor,
                    delivery: record.delivery,
                    effectiveAt: record.facts["effective_at"]?.text
                )
            )
        case .removalSent, .removalAnswered, .removalOutcome: addRemoval(record)
        case .caseProven:
            evidence = (record.facts["lists"]?.list ?? []).compactMap(Self.evidence)
        case .caseOpened:
            state = record.facts["state"]?.text
        case .caseApproved: note(record, state: CaseState.queued.rawValue)
        case .personReinstated, .sweepBack, .sweepOver: note(record, state: nil)
        case .credentialsOutcome:
            let facts = ["type", "user", "outcome"].compactMap { record.facts[$0]?.text }
            let count = record.facts["count"]?.number ?? 0
            note(record, state: nil, reason: facts.joined(separator: " ") + ", \(count) ended")
        case .caseScheduled, .caseQueued, .caseHeld, .caseRefused, .caseRetrying, .caseAttention, .caseCancelled,
            .caseCompleted:
            note(record, state: String(record.kind.dropFirst("case.".count)))
        default: break
        }
    }

    private mutating func note(_ record: AuditRecord, state: String?, reason: String? = nil) {
        if let state {
            self.state = state
            result = record.facts["result"]?.text
            completedAt = state == CaseState.completed.rawValue ? record.at : nil
            if let ids = record.facts["uncovered"]?.list { uncovered = ids.compactMap(\.text) }
        }
        events.append(
            Event(
                sequence: record.sequence,
                at: record.at,
                kind: record.kind,
                by: record.actor,
                reason: reason ?? record.facts["reason"]?.text
            )
        )
    }

    private mutating func addRemoval(_ record: AuditRecord) {
        let key = record.facts["key"]?.text ?? ""
        let organization = record.facts["organization"]?.text
        let user = record.facts["user"]?.text
        let index =
            removals.firstIndex {
                $0.organization == organization && $0.user == user && (user != nil || $0.key == key)
            } ?? removals.endIndex
        if index == removals.endIndex {
            removals.append(
                RemovalHistory(key: key, organization: organization, user: user, sequence: record.sequence)
            )
        }
        removals[index].sequence = record.sequence
        let status = record.facts["http_status"]?.number
        switch AuditEvent.Kind(rawValue: record.kind) {
        case .removalSent:
            removals[index].attempts += 1
            removals[index].sentAt = record.at
        case .removalAnswered:
            removals[index].answeredAt = record.at
            removals[index].httpStatus = status
            if let status, (200..<300).contains(status) { removals[index].appliedAt = record.at }
        default:
            removals[index].outcome = record.facts["outcome"]?.text ?? removals[index].outcome
            removals[index].outcomeAt = record.at
            removals[index].httpStatus = status ?? removals[index].httpStatus
        }
    }

    private static func evidence(_ list: AuditValue) -> Evidence? {
        guard case .object(let members) = list, let key = members["key"]?.text else { return nil }
        return Evidence(
            key: key,
            readAt: members["read_at"]?.text ?? "",
            users: members["users"]?.number ?? 0,
            isProven: members["proven"] == .boolean(true)
        )
    }
}

extension CaseHistory {
    /// When it was first told.
    public var toldAt: String? { tellings.map(\.receivedAt).min() }

    /// Who told of it, each once.
    public var toldBy: [String] {
        tellings.map(\.by).reduce(into: []) { seen, one in if !seen.contains(one) { seen.append(one) } }
    }

    /// When the departure was to take effect: the earliest of those that were told; `nil` where one said at once.
    public var effectiveAt: String? {
        tellings.allSatisfy { $0.effectiveAt != nil } ? tellings.compactMap(\.effectiveAt).min() : nil
    }

    /// The removals that came to `removed`.
    public var removed: [RemovalHistory] { removals.filter { $0.outcome == Removal.Outcome.removed.rawValue } }

    /// When the last of them was: the answer to the DELETE, or the proof where there was no 2xx; `nil` where none was.
    public var removedAt: String? { removed.compactMap { $0.appliedAt ?? $0.outcomeAt }.max() }

    /// Seconds from being told, or from the time when it was to take effect where that is later, until the last removal.
    public var secondsToRevoke: TimeInterval? {
        guard let removedAt, let end = AuditRecord.date(removedAt), let toldAt else { return nil }
        let begins = [toldAt, effectiveAt].compactMap { $0 }.compactMap(AuditRecord.date)
        return begins.max().map { max(0, end.timeIntervalSince($0)) }
    }

    /// What was not as it should be: holds, refusals, trouble, what is not covered, and whom it did not remove.
    public var exceptions: [String] {
        let words: [String] = [
            AuditEvent.Kind.caseHeld.rawValue, AuditEvent.Kind.caseRefused.rawValue,
            AuditEvent.Kind.caseAttention.rawValue, AuditEvent.Kind.caseRetrying.rawValue,
            AuditEvent.Kind.caseCancelled.rawValue, AuditEvent.Kind.sweepBack.rawValue,
            AuditEvent.Kind.personReinstated.rawValue,
        ]
        var found = events.filter { words.contains($0.kind) }.map { event in
            "\(event.at) \(event.kind)" + (event.reason.map { ": \($0)" } ?? "")
        }
        let fine = [Removal.Outcome.removed.rawValue, Removal.Outcome.absent.rawValue]
        for removal in removals where !fine.contains(removal.outcome) {
            let place = removal.organization.map { "organization \($0)" } ?? "key \(removal.key)"
            found.append("\(place): \(removal.outcome)")
        }
        if !uncovered.isEmpty { found.append("not covered: \(uncovered.joined(separator: ", "))") }
        return found
    }
}
