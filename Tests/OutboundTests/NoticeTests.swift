import Foundation
import Offboarding
import Testing
import WebhookSignature

@testable import Outbound

@Suite("Notices as their targets want them")
struct NoticeTests {
    private static let start = Date(timeIntervalSince1970: 1_795_536_000)
    private static let aboutCases: [Notice.Kind] = [
        .held, .attention, .back, .invitation, .deadline, .completed,
    ]

    private func message(_ kind: Notice.Kind, reason: String = "4 of 10 people", count: Int = 1) throws -> NoticeMessage
    {
        let isCase = Self.aboutCases.contains(kind)
        let notice = Notice(
            kind: kind,
            at: Self.start,
            sender: "hr",
            caseID: isCase ? CaseID("c_1") : nil,
            delivery: kind == .unresolved ? DeliveryID("d_1") : nil,
            email: isCase ? try EmailAddress("avery.stone@example.com") : nil,
            planDigest: kind == .held ? "abc" : nil,
            reason: reason
        )
        return NoticeMessage(
            id: NoticeMessageID("msg_1"),
            target: "ops",
            kind: kind,
            notices: [notice],
            count: count,
            madeAt: Self.start,
            dueAt: Self.start
        )
    }

    @Test("Slack's text says what to do")
    func slack() throws {
        let text = SlackText(try message(.held)).text
        #expect(text.contains("avery.stone@example.com"))
        #expect(text.contains("`vultr-offboard approve c_1 --digest abc`"))
        #expect(SlackText(try message(.unresolved)).text.contains("`vultr-offboard resolve d_1 EMAIL`"))
        #expect(SlackText(try message(.held, count: 30)).text.contains("and 29 more"))
    }

    @Test("no text makes a link, calls everybody or ends what is shown as code")
    func markup() throws {
        let text = SlackText(try message(.attention, reason: "<!channel> <https://evil.example|x> & `y`")).text
        #expect(text.contains("&lt;!channel&gt;"))
        #expect(!text.contains("<"))
        #expect(text.filter { $0 == "`" }.count == 4)
    }

    @Test("Slack calls people only where it was told to, and only where somebody is needed")
    func mention() throws {
        #expect(SlackText(try message(.held), mention: .here).text.hasPrefix("<!here> *A departure waits"))
        #expect(SlackText(try message(.held), mention: .channel).text.hasPrefix("<!channel> "))
        #expect(!SlackText(try message(.held)).text.contains("<!"))
        #expect(!SlackText(try message(.completed), mention: .here).text.contains("<!"))
    }

    @Test("a Teams card is an Adaptive Card in a message, and no text in it is markup", arguments: Notice.Kind.allCases)
    func card(_ kind: Notice.Kind) throws {
        let body = try TeamsCard.body(message(kind, reason: "[x](https://evil.example) **y**\nsecond"))
        let document = try #require(try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any])
        #expect(document["type"] as? String == "message")
        let attachment = try #require((document["attachments"] as? [[String: Any]])?.first)
        #expect(attachment["contentType"] as? String == "application/vnd.microsoft.card.adaptive")
        let card = try #require(attachment["content"] as? [String: Any])
        #expect(card["type"] as? String == "AdaptiveCard" && card["version"] as? String == "1.4")
        let blocks = try #require(card["body"] as? [[String: Any]])
        #expect(blocks.allSatisfy { $0["type"] as? String == "RichTextBlock" })
        let runs = blocks.flatMap { $0["inlines"] as? [[String: Any]] ?? [] }
        #expect(runs.allSatisfy { $0["type"] as? String == "TextRun" })
        let heading = try #require(runs.first)
        #expect((heading["color"] as? String == "attention") == kind.isLoud)
        let texts = runs.compactMap { $0["text"] as? String }
        #expect(texts.contains("[x](https://evil.example) **y**") && texts.contains("second"))
        #expect(texts.contains { $0.contains("avery.stone@example.com") } == Self.aboutCases.contains(kind))
    }

    @Test("a card that would be too large shows as much as fits, and how many more there are")
    func largeCard() throws {
        let one = try message(.held, reason: String(repeating: "é", count: 500)).notices[0]
        let many = NoticeMessage(
            id: NoticeMessageID("msg_1"),
            target: "ops",
            kind: .held,
            notices: Array(repeating: one, count: 20),
            count: 25,
            madeAt: Self.start,
            dueAt: Self.start
        )
        let body = try TeamsCard.body(many)
        #expect((10_000...TeamsCard.longest).contains(body.count))
        let text = String(decoding: body, as: UTF8.self)
        let shown = text.components(separatedBy: "avery.stone@example.com").count - 1
        #expect((1..<20).contains(shown))
        #expect(text.contains("and \(25 - shown) more: "))
    }

    @Test("a digest says who left, how long it took, what is open and the checkpoint, wherever it is read")
    func digest() throws {
        var notice = Notice(kind: .digest, at: Self.start, sender: "command-line", reason: "1 removed, 2 open")
        notice.digest = try Self.digest
        let message = NoticeMessage(
            id: NoticeMessageID("msg_1"),
            target: "ops",
            kind: .digest,
            notices: [notice],
            count: 1,
            madeAt: Self.start,
            dueAt: Self.start
        )
        let mail = NoticeMail(message).mail(from: try #require(MailAddress("a@example.com")), to: [])
        for text in [SlackText(message).text, mail.text] {
            for part in ["avery.stone@example.com", "c_1: 7 s", "Open: 2 held.", "audit1:7:abc"] {
                #expect(text.contains(part), "\(part)")
            }
        }
        let body = String(decoding: try NoticeEvent(message).body, as: UTF8.self)
        #expect(body.contains(#""checkpoint":"audit1:7:abc""#) && body.contains(#""median_seconds":7"#))
        #expect(body.contains(#""loud":false"#))
    }

    private static var digest: Digest {
        get throws {
            let text = """
                {"from":0,"to":86400,"people":[{"caseID":"c_1","email":"avery.stone@example.com","seconds":7}],"removed":1,
                "median":7,"withoutAccount":0,"dryRuns":0,"open":{"held":2},"unresolved":0,"quarantined":0,"back":0,
                "checkpoint":"audit1:7:abc"}
                """
            return try JSONDecoder().decode(Digest.self, from: Data(text.utf8))
        }
    }

    @Test("the event has its type, its count and what to do", arguments: Notice.Kind.allCases)
    func event(_ kind: Notice.Kind) throws {
        let body = try NoticeEvent(message(kind, count: 3)).body
        let text = String(decoding: body, as: UTF8.self)
        #expect(text.contains(#""type":"\#(NoticeEvent.type(of: kind))""#))
        #expect(text.contains(#""count":3"#))
        #expect(text.contains(#""timestamp":"2026-11-"#))
        #expect(text.contains("example.com") == Self.aboutCases.contains(kind))
    }
}
