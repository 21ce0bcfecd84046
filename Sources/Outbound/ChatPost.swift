import Foundation
import Offboarding
import Senders

/// A message as Slack takes it at a `response_url`.
///
/// A plan has two buttons, bound to the case and to the plan's digest. What tells how a case stands is for the whole
/// channel, since somebody else may have to approve; it takes the place of the message whose button was pressed.
struct ChatPost {
    private struct Post: Encodable {
        let responseType: String
        let replaceOriginal: Bool
        let text: String
        let blocks: [Block]?

        enum CodingKeys: String, CodingKey {
            case text, blocks
            case responseType = "response_type"
            case replaceOriginal = "replace_original"
        }
    }

    private struct Block: Encodable {
        let type: String
        var text: Text?
        var elements: [Button]?
    }

    private struct Text: Encodable {
        let type: String
        let text: String
    }

    private struct Button: Encodable {
        let type = "button"
        let text: Text
        let style: String
        let actionID: String
        let value: String

        enum CodingKeys: String, CodingKey {
            case type, text, style, value
            case actionID = "action_id"
        }
    }

    /// The longest reason in characters: the whole is in `show`, and a block holds 3000.
    private static let longestReason = 500
    /// The longest name of an organization that is shown, in characters.
    private static let longestName = 60

    private let message: ChatMessage

    init(_ message: ChatMessage) { self.message = message }

    var body: [UInt8] {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return Array(try encoder.encode(post))
        }
    }

    private var post: Post {
        switch message.content {
        case .note(let text):
            return Post(
                responseType: "ephemeral",
                replaceOriginal: false,
                text: ChatText.escaped(text),
                blocks: nil
            )
        case .standing(let standing):
            let text = Self.text(standing)
            return Post(
                responseType: "in_channel",
                replaceOriginal: message.replaces,
                text: text,
                blocks: Self.buttons(standing).map { buttons in
                    [
                        Block(type: "section", text: Text(type: "mrkdwn", text: text)),
                        Block(type: "actions", elements: buttons),
                    ]
                }
            )
        }
    }

    private static func buttons(_ standing: ChatStanding) -> [Button]? {
        guard standing.state == .held, let digest = standing.planDigest else { return nil }
        func button(_ label: String, _ style: String, _ action: ChatAction) -> Button {
            Button(
                text: Text(type: "plain_text", text: label),
                style: style,
                actionID: action.rawValue,
                value: ChatPress(action, caseID: standing.caseID, digest: digest).value
            )
        }
        return [button("Approve", "primary", .approve), button("Cancel", "danger", .cancel)]
    }

    private static func text(_ standing: ChatStanding) -> String {
        var lines = ["*\(heading(standing))* (case `\(ChatText.escaped(standing.caseID.text))`)"]
        lines += standing.rows.map { row in
            let place = row.organization.map { ChatText.escaped(String($0.prefix(longestName))) }
            let spot = place ?? "key \(ChatText.escaped(row.key)), which cannot be read"
            return "• \(spot): \(word(row.outcome, isPlanned: standing.state == .held))"
        }
        if standing.count > standing.rows.count { lines.append("… and \(standing.count - standing.rows.count) more") }
        if let reason = standing.reason { lines.append(ChatText.escaped(String(reason.prefix(longestReason)))) }
        let people = [
            standing.askedBy.map { "asked by \(person($0))" }, standing.approvedBy.map { "approved by \(person($0))" },
        ].compactMap { $0 }
        if !people.isEmpty { lines.append("_\(people.joined(separator: ", "))_") }
        return lines.joined(separator: "\n")
    }

    private static func heading(_ standing: ChatStanding) -> String {
        let email = ChatText.escaped(standing.email.text)
        switch (standing.state, standing.result) {
        case (.held, _): return "Remove \(email)? Nobody is removed before somebody approves."
        case (.completed, .removed):
            return "\(email) was removed from every \(standing.isPartial ? "covered " : "")organization"
        case (.completed, .noAccount): return "\(email) has no account"
        case (.completed, .dryRun): return "\(email) would be removed: this was a dry run, nobody was removed"
        case (.attention, _): return "\(email) needs attention: not everything could be removed"
        case (.cancelled, _), (.refused, _): return "Nobody was removed: the case of \(email) has ended"
        case (.scheduled, _): return "\(email) has a case already: it waits for its time"
        default: return "\(email) has a case already: it is \(standing.state.rawValue)"
        }
    }

    private static func word(_ outcome: Removal.Outcome, isPlanned: Bool) -> String {
        switch outcome {
        case .removed: "removed"
        case .absent: "was not a member any more"
        case .protected: "protected, stays"
        case .serviceUser: "a service user, stays"
        case .dryRun: "would be removed"
        case .retrying: isPlanned ? "to be removed" : "not removed yet"
        case .operator: "needs a person"
        }
    }

    /// Slack's own people by name, others as they were kept.
    private static func person(_ requester: String) -> String {
        let parts = requester.split(separator: "/")
        let isSlack = requester.hasPrefix("slack:") && parts.count == 2
        guard isSlack, let id = parts.last, id.utf8.allSatisfy(isIDByte) else { return ChatText.escaped(requester) }
        return "<@\(id)>"
    }

    private static func isIDByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A: true
        default: false
        }
    }
}
