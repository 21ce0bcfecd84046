import Foundation
import Offboarding

/// A message as people read it, before any tool's markup.
struct NoticeContent {
    /// What is told of one subject.
    struct Entry {
        /// Who it is about; `nil` where it is about nobody.
        let email: String?
        /// The case or the delivery.
        let id: String?
        let sender: String?
        /// Cut to ``NoticeContent/longestReason``.
        let reason: String
        /// Commands with which a person can act.
        let actions: [String]
    }

    let heading: String
    /// Whether a person is needed.
    let isLoud: Bool
    let entries: [Entry]
    /// How many more notices the message stands for, and the command that shows them.
    let rest: (count: Int, command: String)?

    /// The longest reason in characters: the whole is in `show`.
    static let longestReason = 500

    init(_ message: NoticeMessage) {
        heading = Self.heading(message)
        isLoud = message.kind.isLoud
        entries = message.notices.map { Self.entry($0) }
        let more = message.count - message.notices.count
        rest = more > 0 ? (more, Self.list(message.kind)) : nil
    }

    private static func entry(_ notice: Notice) -> Entry {
        var actions = notice.action.map { [$0] } ?? []
        let isHeld = notice.kind == .held || notice.planDigest != nil
        if isHeld, let id = notice.caseID { actions.append("vultr-offboard refuse \(id)") }
        return Entry(
            email: notice.email?.text,
            id: notice.caseID?.text ?? notice.delivery?.text,
            sender: notice.kind.isOfSender ? notice.sender : nil,
            reason: notice.digest?.text ?? String(notice.reason.prefix(longestReason)),
            actions: actions
        )
    }

    private static func heading(_ message: NoticeMessage) -> String {
        let count = message.count
        let isOne = count == 1
        return switch message.kind {
        case .held: isOne ? "A departure waits for a decision" : "\(count) departures wait for a decision"
        case .attention: isOne ? "A case needs attention" : "\(count) cases need attention"
        case .unresolved: isOne ? "A delivery does not say who left" : "\(count) deliveries do not say who left"
        case .quarantined: isOne ? "A delivery cannot be read" : "\(count) deliveries cannot be read"
        case .refusals: isOne ? "A sender has only refusals" : "\(count) senders have only refusals"
        case .skew: isOne ? "A sender's clock is off" : "The clocks of \(count) senders are off"
        case .back: isOne ? "Somebody who was offboarded is back" : "\(count) who were offboarded are back"
        case .invitation:
            isOne ? "Somebody who was offboarded is invited" : "\(count) who were offboarded are invited"
        case .sweep: "Looking for people who were offboarded does not see everything"
        case .checkpoint: "Audit checkpoint: keep it, to show later that nothing was changed or cut"
        case .loss: "Something that was acknowledged is missing from the store"
        case .deadline:
            isOne ? "Somebody who left still has access" : "\(count) who left still have access"
        case .completed: isOne ? "Somebody was offboarded" : "\(count) were offboarded"
        case .digest: "Offboarding in the last day"
        }
    }

    private static func list(_ kind: Notice.Kind) -> String {
        switch kind {
        case .held, .attention, .completed: "vultr-offboard cases --state \(kind.rawValue)"
        case .deadline: "vultr-offboard cases"
        case .unresolved, .quarantined: "vultr-offboard deliveries"
        case .refusals, .skew: "vultr-offboard senders list"
        case .back, .invitation, .sweep: "vultr-offboard sweep"
        case .checkpoint: "vultr-offboard audit verify"
        case .loss: "vultr-offboard check"
        case .digest: "vultr-offboard report"
        }
    }
}

extension Notice.Kind {
    /// Whether a sender told of it, so that its name says something.
    fileprivate var isOfSender: Bool { self != .digest && self != .checkpoint }
}
