import Foundation
import Offboarding
import Senders

/// A message as people read it in a chat.
struct NoticeText {
    private let message: NoticeMessage

    /// The longest reason in characters: the whole is in `show`.
    private static let longestReason = 500

    init(_ message: NoticeMessage) { self.message = message }

    /// The body for an incoming webhook of Slack.
    var slackBody: [UInt8] {
        get throws { Array(try JSONEncoder().encode(["text": slack])) }
    }

    /// In Slack's own markup.
    var slack: String {
        var lines = [Self.heading(message)]
        for notice in message.notices { lines += Self.lines(notice, among: message.count) }
        if message.count > message.notices.count {
            lines.append("… and \(message.count - message.notices.count) more: \(Self.list(message.kind))")
        }
        return lines.joined(separator: "\n")
    }

    private static func heading(_ message: NoticeMessage) -> String {
        let isOne = message.count == 1
        return switch message.kind {
        case .held: isOne ? "*A departure waits for a decision*" : "*\(message.count) departures wait for a decision*"
        case .attention: isOne ? "*A case needs attention*" : "*\(message.count) cases need attention*"
        case .unresolved:
            isOne
                ? "*A delivery does not say who left*" : "*\(message.count) deliveries do not say who left*"
        case .quarantined:
            isOne ? "*A delivery cannot be read*" : "*\(message.count) deliveries cannot be read*"
        case .refusals:
            isOne ? "*A sender has only refusals*" : "*\(message.count) senders have only refusals*"
        case .skew: isOne ? "*A sender's clock is off*" : "*The clocks of \(message.count) senders are off*"
        case .back:
            isOne ? "*Somebody who was offboarded is back*" : "*\(message.count) who were offboarded are back*"
        case .invitation:
            isOne
                ? "*Somebody who was offboarded is invited*" : "*\(message.count) who were offboarded are invited*"
        case .sweep: "*Looking for people who were offboarded does not see everything*"
        case .checkpoint: "*Audit checkpoint: keep it, to show later that nothing was changed or cut*"
        case .loss: "*Something that was acknowledged is missing from the store*"
        }
    }

    private static func lines(_ notice: Notice, among count: Int) -> [String] {
        let id = notice.caseID?.text ?? notice.delivery?.text
        let who = [notice.email.map { escaped($0.text) }, id.map { "`\(escaped($0))`" }].compactMap { $0 }
        let subject = (who + ["sender \(escaped(notice.sender))"]).joined(separator: ", ")
        var lines = ["\(count > 1 ? "• " : "")\(subject): \(escaped(String(notice.reason.prefix(longestReason))))"]
        if let action = notice.action { lines.append("`\(escaped(action))`") }
        if notice.kind == .held, let id { lines.append("or `vultr-offboard refuse \(escaped(id))`") }
        return lines
    }

    private static func list(_ kind: Notice.Kind) -> String {
        switch kind {
        case .held, .attention: "`vultr-offboard cases --state \(kind.rawValue)`"
        case .unresolved, .quarantined: "`vultr-offboard deliveries`"
        case .refusals, .skew: "`vultr-offboard senders list`"
        case .back, .invitation, .sweep: "`vultr-offboard sweep`"
        case .checkpoint: "`vultr-offboard audit verify`"
        case .loss: "`vultr-offboard check`"
        }
    }

    private static func escaped(_ text: String) -> String { ChatText.escaped(text) }
}
