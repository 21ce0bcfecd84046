import Foundation
import Offboarding

/// A message as a workflow of Microsoft Teams takes it ("When a Teams webhook request is received"): an Adaptive Card.
///
/// Every text is a run of its own, in which nothing is markup. A workflow posts each message anew; it cannot answer one,
/// so that messages about one person cannot stand in one thread.
struct TeamsCard: Encodable {
    /// How large a message may be, in bytes. Teams says 28 KB and was seen to refuse less.
    static let longest = 20_000

    private struct Attachment: Encodable {
        let contentType = "application/vnd.microsoft.card.adaptive"
        let content: Card
    }

    private struct Card: Encodable {
        let schema = "http://adaptivecards.io/schemas/adaptive-card.json"
        let type = "AdaptiveCard"
        let version = "1.4"
        let body: [Block]

        enum CodingKeys: String, CodingKey {
            case type, version, body
            case schema = "$schema"
        }
    }

    private struct Block: Encodable {
        let type = "RichTextBlock"
        let inlines: [Run]
    }

    private struct Run: Encodable {
        let type = "TextRun"
        let text: String
        var weight: String?
        var size: String?
        var color: String?
        var fontType: String?
    }

    private let type = "message"
    private let attachments: [Attachment]

    private init(_ blocks: [Block]) { attachments = [Attachment(content: Card(body: blocks))] }

    private static func blocks(_ content: NoticeContent, showing count: Int) -> [Block] {
        let color = content.isLoud ? "attention" : nil
        var blocks = [Block(inlines: [Run(text: content.heading, weight: "bolder", size: "medium", color: color)])]
        for entry in content.entries.prefix(count) {
            let subject = [entry.email, entry.id, entry.sender.map { "sender \($0)" }].compactMap { $0 }
            if !subject.isEmpty {
                blocks.append(Block(inlines: [Run(text: subject.joined(separator: ", "), weight: "bolder")]))
            }
            blocks += entry.reason.split(separator: "\n").map { Block(inlines: [Run(text: String($0))]) }
            blocks += entry.actions.map { Block(inlines: [Run(text: $0, fontType: "monospace")]) }
        }
        let more = content.entries.count - count + (content.rest?.count ?? 0)
        if more > 0 {
            let command = content.rest?.command ?? "vultr-offboard cases"
            blocks.append(
                Block(inlines: [Run(text: "and \(more) more: "), Run(text: command, fontType: "monospace")])
            )
        }
        return blocks
    }

    /// The body; as many entries as fit.
    static func body(_ message: NoticeMessage) throws -> [UInt8] {
        let content = NoticeContent(message)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var count = content.entries.count
        while true {
            let body = Array(try encoder.encode(TeamsCard(blocks(content, showing: count))))
            if body.count <= longest || count == 0 { return body }
            count -= 1
        }
    }
}
