import Offboarding
import Presentation

/// An entry of the audit chain, in words.
struct TimelineEntry {
    let sequence: String
    /// The cursor under which the audit begins with it.
    let below: String
    let at: String
    let what: String
    let by: String?
    let detail: String?
    let look: String

    init(_ record: AuditRecord) {
        sequence = String(record.sequence)
        below = String(record.sequence + 1)
        at = record.at
        let kind = AuditEvent.Kind(rawValue: record.kind)
        what = kind.map(Self.words) ?? record.kind
        by = Self.actor(record)
        detail = Self.detail(record).map(HarmlessText.text)
        look =
            switch kind {
            case .caseCompleted, .caseProven: "good"
            case .caseHeld, .caseRetrying: "waiting"
            case .caseAttention, .deliveryUnresolved, .deliveryQuarantined, .sweepBack, .storeLoss: "bad"
            default: ""
            }
    }

    static func words(_ kind: AuditEvent.Kind) -> String {
        switch kind {
        case .deliveryAccepted: "delivery accepted"
        case .deliveryAwaited: "delivery waits for a lookup"
        case .deliveryInterpreted: "delivery read"
        case .deliveryIgnored: "delivery ignored"
        case .deliveryUnresolved: "delivery does not say who left"
        case .deliveryQuarantined: "delivery set aside"
        case .deliveryPutBack: "delivery read again"
        case .personDeparted: "told that the person left"
        case .personReinstated: "told that the person is back"
        case .caseOpened: "case opened"
        case .caseScheduled: "scheduled"
        case .caseQueued: "queued"
        case .caseHeld: "held"
        case .caseApproved: "approved"
        case .caseRefused: "refused"
        case .caseRetrying: "in trouble, tried again"
        case .caseAttention: "needs a person"
        case .caseCancelled: "cancelled"
        case .caseProven: "proven gone by Vultr's lists"
        case .caseCompleted: "completed"
        case .removalSent: "removal sent"
        case .removalAnswered: "removal answered"
        case .removalOutcome: "removal judged"
        case .credentialsOutcome: "credentials ended"
        case .limitsRaised: "limits raised"
        case .limitsEnded: "override ended"
        case .webhooksRefused: "webhooks refused"
        case .configurationLoaded: "configuration loaded"
        case .personErased: "person erased"
        case .storeRestored: "store restored"
        case .storeLoss: "part of the store missing"
        case .sweepBack: "is back"
        case .sweepOver: "no longer looked for"
        }
    }

    private static func actor(_ record: AuditRecord) -> String? {
        let parts = record.actor.split(separator: ":", maxSplits: 1).map(String.init)
        return switch parts.first {
        case "sender" where parts.count == 2: "sender \(HarmlessText.text(parts[1]))"
        case "person" where parts.count == 2: HarmlessText.text(parts[1])
        default: nil
        }
    }

    /// What else an entry says, on one line.
    private static func detail(_ record: AuditRecord) -> String? {
        let facts = record.facts.sorted { $0.key < $1.key }.compactMap { name, value -> String? in
            switch value {
            case .text(let text): "\(name) \(text)"
            case .number(let number): "\(name) \(number)"
            case .boolean(let value): "\(name) \(value ? "yes" : "no")"
            case .list(let items) where !items.isEmpty: "\(items.count) \(name)"
            case .list, .object: nil
            }
        }
        return facts.isEmpty ? nil : facts.joined(separator: ", ")
    }
}
