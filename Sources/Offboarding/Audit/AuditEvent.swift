public import Foundation

/// Something that happened and is kept for ever: a decision, an effect, or what led to one.
///
/// It names people by email; the entry that is made of it does not, see ``draft(_:)``.
public struct AuditEvent: Sendable, Equatable {
    /// What happened. The words are in entries that were signed: none is ever renamed.
    public enum Kind: String, Sendable, CaseIterable {
        /// A verified request was stored.
        case deliveryAccepted = "delivery.accepted"
        /// A delivery was read and is not yet settled: a lookup is awaited.
        case deliveryAwaited = "delivery.awaited"
        case deliveryInterpreted = "delivery.interpreted"
        case deliveryIgnored = "delivery.ignored"
        case deliveryUnresolved = "delivery.unresolved"
        case deliveryQuarantined = "delivery.quarantined"
        /// A person has a quarantined delivery read again.
        case deliveryPutBack = "delivery.put_back"
        /// Somebody said that a person left, or has to go.
        case personDeparted = "person.departed"
        /// Somebody said that a person is back.
        case personReinstated = "person.reinstated"
        case caseOpened = "case.opened"
        case caseScheduled = "case.scheduled"
        case caseQueued = "case.queued"
        case caseHeld = "case.held"
        case caseApproved = "case.approved"
        case caseRefused = "case.refused"
        case caseRetrying = "case.retrying"
        case caseAttention = "case.attention"
        case caseCancelled = "case.cancelled"
        /// What the lists showed that prove that nothing is left.
        case caseProven = "case.proven"
        case caseCompleted = "case.completed"
        /// A DELETE is about to be sent.
        case removalSent = "removal.sent"
        /// A DELETE was answered, or failed.
        case removalAnswered = "removal.answered"
        /// What a removal comes to has changed (rule 10).
        case removalOutcome = "removal.outcome"
        /// What became of the person's other ways in, which are ended before the removal.
        case credentialsOutcome = "credentials.outcome"
        case limitsRaised = "limits.raised"
        case limitsEnded = "limits.ended"
        /// Requests to a sender's path were refused.
        case webhooksRefused = "webhooks.refused"
        /// A daemon started, or a command acted, under a configuration.
        case configurationLoaded = "configuration.loaded"
        /// A person was erased: the last entry that names their commitments.
        case personErased = "person.erased"
        /// A backup took the store's place: the entries behind it are in the store that was kept.
        case storeRestored = "store.restored"
        /// The end of the store's log was found damaged: the entries behind it are lost.
        case storeLoss = "store.loss"
        /// Somebody who was offboarded is a member again.
        case sweepBack = "sweep.back"
        /// Somebody who had been found back is gone again, or was reinstated.
        case sweepOver = "sweep.over"
    }

    public let kind: Kind
    public let at: Date
    public let actor: AuditActor
    /// The addresses of the person whom it is about, the main one first.
    public let people: [EmailAddress]
    public let caseID: CaseID?
    public let delivery: DeliveryID?
    /// Free text in it must have gone through ``fact(_:)-(String?)``.
    public let facts: [String: AuditValue]
    /// Facts from which the person could be found out by guessing, such as a digest over their email: kept as commitments
    /// under the main address's salt.
    public let sealedFacts: [String: String]

    init(
        _ kind: Kind,
        at: Date,
        actor: AuditActor,
        people: [EmailAddress] = [],
        caseID: CaseID? = nil,
        delivery: DeliveryID? = nil,
        facts: [String: AuditValue?] = [:],
        sealedFacts: [String: String] = [:]
    ) {
        self.kind = kind
        self.at = at
        self.actor = actor
        self.people = people
        self.caseID = caseID
        self.delivery = delivery
        self.facts = facts.compactMapValues { $0 }
        self.sealedFacts = sealedFacts
    }

    /// Free text as a fact: without any address.
    static func fact(_ text: String?) -> AuditValue? { text.map { .text(AuditText.safe($0)) } }

    /// A time as a fact.
    static func fact(_ date: Date?) -> AuditValue? {
        date.map { .text(AuditText.time(milliseconds: $0.inMilliseconds)) }
    }

    /// The entry's bytes but for its place in the chain.
    ///
    /// - Parameter commit: gives the commitment to a text under the salt of an address, 32 bytes.
    public func draft(_ commit: (_ text: String, _ email: EmailAddress) throws -> [UInt8]) rethrows -> AuditDraft {
        var facts = facts
        if let main = people.first {
            for (name, text) in sealedFacts { facts[name] = .text(HexText.text(try commit(text, main))) }
        }
        var json = CanonicalJSON()
        json.raw("{\"actor\":")
        json.write(try actor.text(commit))
        json.raw(",\"at\":")
        json.write(AuditText.time(milliseconds: at.inMilliseconds))
        if let caseID {
            json.raw(",\"case\":")
            json.write(caseID.text)
        }
        if let delivery {
            json.raw(",\"delivery\":")
            json.write(delivery.text)
        }
        json.raw(",\"facts\":")
        json.write(facts)
        json.raw(",\"kind\":")
        json.write(kind.rawValue)
        var rest = CanonicalJSON()
        if !people.isEmpty {
            rest.raw(",\"subject\":")
            rest.write(.list(try people.map { .text(HexText.text(try commit($0.text, $0))) }))
        }
        rest.raw("}")
        return AuditDraft(beginning: json.bytes, end: rest.bytes)
    }
}

/// Who did it.
public enum AuditActor: Sendable, Equatable {
    /// This program, by its policy.
    case engine
    /// A sender's delivery.
    case sender(String)
    /// The operating system's user, a console token's name, or such as `slack:T01/U0DANA` in a chat.
    case person(String)

    /// `engine`, `sender:NAME` or `person:NAME`. A name that is an address becomes its commitment.
    func text(_ commit: (_ text: String, _ email: EmailAddress) throws -> [UInt8]) rethrows -> String {
        switch self {
        case .engine: return "engine"
        case .sender(let name): return "sender:\(AuditText.safe(name))"
        case .person(let name):
            guard let email = try? EmailAddress(name) else { return "person:\(AuditText.safe(name))" }
            return "person:\(HexText.text(try commit(email.text, email)))"
        }
    }
}

extension Date {
    /// Whole milliseconds since 1970.
    var inMilliseconds: Int64 { Int64((timeIntervalSince1970 * 1000).rounded()) }
}
