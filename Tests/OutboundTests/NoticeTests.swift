import Foundation
import Offboarding
import Testing
import WebhookSignature

@testable import Outbound

@Suite("Notices as their targets want them")
struct NoticeTests {
    private static let start = Date(timeIntervalSince1970: 1_795_536_000)
    private static let aboutCases: [Notice.Kind] = [.held, .attention, .back, .invitation]

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
        let text = NoticeText(try message(.held)).slack
        #expect(text.contains("avery.stone@example.com"))
        #expect(text.contains("`vultr-offboard approve c_1 --digest abc`"))
        #expect(NoticeText(try message(.unresolved)).slack.contains("`vultr-offboard resolve d_1 EMAIL`"))
        #expect(NoticeText(try message(.held, count: 30)).slack.contains("and 29 more"))
    }

    @Test("no text makes a link, calls everybody or ends what is shown as code")
    func markup() throws {
        let text = NoticeText(try message(.attention, reason: "<!channel> <https://evil.example|x> & `y`")).slack
        #expect(text.contains("&lt;!channel&gt;"))
        #expect(!text.contains("<"))
        #expect(text.filter { $0 == "`" }.count == 4)
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
