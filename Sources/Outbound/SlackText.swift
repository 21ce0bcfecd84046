import Foundation
import Offboarding
import Senders

/// A message as an incoming webhook of Slack takes it. Such a webhook gives no message an id, so that messages about one
/// person cannot stand in one thread.
struct SlackText {
    private let content: NoticeContent
    private let mention: NoticeTarget.Mention?

    /// - Parameter mention: who is called where a person is needed.
    init(_ message: NoticeMessage, mention: NoticeTarget.Mention? = nil) {
        content = NoticeContent(message)
        self.mention = mention
    }

    var body: [UInt8] {
        get throws { Array(try JSONEncoder().encode(["text": text])) }
    }

    /// In Slack's own markup.
    var text: String {
        let call = content.isLoud ? mention.map { "<!\($0.rawValue)> " } ?? "" : ""
        var lines = ["\(call)*\(Self.escaped(content.heading))*"]
        let isOne = content.entries.count == 1 && content.rest == nil
        for entry in content.entries { lines += Self.lines(of: entry, isOne: isOne) }
        if let rest = content.rest { lines.append("… and \(rest.count) more: `\(rest.command)`") }
        return lines.joined(separator: "\n")
    }

    private static func lines(of entry: NoticeContent.Entry, isOne: Bool) -> [String] {
        let parts = [
            entry.email.map(escaped), entry.id.map { "`\(escaped($0))`" },
            entry.sender.map { "sender \(Self.escaped($0))" },
        ].compactMap { $0 }
        let subject = parts.isEmpty ? "" : parts.joined(separator: ", ") + ": "
        let point = isOne ? "" : "• "
        let actions = entry.actions.enumerated().map { index, action in
            (index > 0 ? "or " : "") + "`\(Self.escaped(action))`"
        }
        return ["\(point)\(subject)\(Self.escaped(entry.reason))"] + actions
    }

    private static func escaped(_ text: String) -> String { ChatText.escaped(text) }
}
