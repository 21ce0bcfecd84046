import Foundation
import Logging
import Offboarding
import Presentation
import Synchronization
import Testing

@testable import vultr_offboard

struct OutputTests {
    private let time = Date(timeIntervalSince1970: 1_764_000_000.125)

    private func removal(_ outcome: Removal.Outcome) -> Removal {
        var removal = Removal(
            key: "production",
            membership: Membership(organization: OrganizationID("o1"), user: UserID("u1")),
            organizationName: "Juniper",
            outcome: outcome
        )
        removal.httpStatus = 204
        removal.attempts = 1
        return removal
    }

    private func sample() throws -> Case {
        Case(
            id: CaseID("c_1"),
            email: try EmailAddress("avery.stone@example.com"),
            state: .queued,
            sender: "hr",
            receivedAt: time,
            occurredAt: time,
            dueAt: time
        )
    }

    @Test("a case is written with the contract's keys, null for what is absent, dates in UTC with milliseconds")
    func caseJSON() throws {
        let shown = try sample()
        let unread = Removal(key: "staging", membership: nil, outcome: .operator)
        #expect(
            CasePresentation(shown, removals: [removal(.removed), unread]).json.compact
                == #"{"id":"c_1","email":"avery.stone@example.com","state":"queued","result":null,"reason":null,"#
                + #""sender":"hr","received_at":"2025-11-24T16:00:00.125Z","finished_at":null,"plan_digest":null,"#
                + #""uncovered":[],"removals":[{"key":"production","organization_id":"o1","#
                + #""organization_name":"Juniper","user_id":"u1","outcome":"removed","http_status":204,"attempts":1},"#
                + #"{"key":"staging","organization_id":null,"organization_name":null,"user_id":null,"#
                + #""outcome":"operator","http_status":null,"attempts":0}]}"#
        )
    }

    @Test("a finished case has its result, its end and its uncovered organizations")
    func finishedCaseJSON() throws {
        var shown = try sample()
        shown.state = .completed
        shown.result = .noAccount
        shown.reason = "say \"why\"\n"
        shown.finishedAt = time.addingTimeInterval(0.874)
        shown.planDigest = "abc"
        shown.uncovered = [OrganizationID("o2"), OrganizationID("o3")]
        let json = CasePresentation(shown, removals: []).json.compact
        #expect(json.contains(#""result":"no_account","reason":"say \"why\"\n""#))
        #expect(json.contains(#""finished_at":"2025-11-24T16:00:00.999Z","plan_digest":"abc","uncovered":["o2","o3"]"#))
        #expect(json.hasSuffix(#""removals":[]}"#))
    }

    @Test("with an uncovered organization nothing says that the person is gone everywhere")
    func uncovered() throws {
        var shown = try sample()
        shown.state = .completed
        shown.result = .removed
        #expect(CasePresentation(shown, removals: []).text(colours: false).contains("removed from every organization"))
        shown.uncovered = [OrganizationID("o2")]
        let text = CasePresentation(shown, removals: []).text(colours: false)
        #expect(text.contains("removed from every covered organization"))
        #expect(text.contains("uncovered: "))
    }

    @Test("a delivery is written with the contract's keys")
    func deliveryJSON() {
        let summary = DeliverySummary(
            id: DeliveryID("d_1"),
            sender: "hr",
            receivedAt: time,
            state: .unresolved,
            reason: "it names nobody",
            cases: [CaseID("c_1"), CaseID("c_2")]
        )
        #expect(
            summary.json.compact
                == #"{"id":"d_1","sender":"hr","received_at":"2025-11-24T16:00:00.125Z","state":"unresolved","#
                + #""cases":["c_1","c_2"]}"#
        )
        #expect(Deliveries.table([summary]).text(colours: false).contains("it names nobody"))
    }

    @Test("milliseconds survive being written", arguments: [0, 1, 4, 57, 125, 499, 500, 999])
    func milliseconds(_ part: Int) {
        let date = Date(timeIntervalSince1970: (1_764_000_000_000 + Double(part)) / 1000)
        #expect(TimeText.text(date) == "2025-11-24T16:00:00.\(String(format: "%03d", part))Z")
    }

    @Test("JSON is what Foundation reads back, over one line or several")
    func jsonRoundTrip() throws {
        let value = JSONOutput.object([
            ("text", .text("\u{0}\u{1F}\u{7F}\u{2028}\"\\/é😀")), ("none", .null), ("yes", .boolean(true)),
            ("list", .list([.integer(-3), .object([("a", .list([]))])])), ("empty", .object([])),
        ])
        for text in [value.compact, value.pretty] {
            let read = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
            #expect(read["text"] as? String == "\u{0}\u{1F}\u{7F}\u{2028}\"\\/é😀")
            #expect(read["none"] is NSNull)
            #expect((read["list"] as? [Any])?.count == 2)
            #expect(!text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
        }
        #expect(!value.compact.contains("\n"))
        #expect(value.pretty.contains("\n  \"none\": null,\n"))
    }

    @Test("columns line up, nothing stands behind the last one, and control characters do not reach the terminal")
    func tables() {
        var table = Table("NAME", "STATE", "REASON")
        table.add("a", "held", "because")
        table.add(Table.Cell("a long name\u{1B}[2J"), Table.Cell(nil), Table.Cell(""))
        #expect(
            table.text(colours: false) == """
                NAME             STATE  REASON
                a                held   because
                a long name?[2J  -      -
                """
        )
    }

    @Test("colours come only when asked for, and do not shift columns")
    func colours() {
        var table = Table("A", "B")
        table.add(Table.Cell("x", .good), Table.Cell("y"))
        #expect(!table.text(colours: false).contains("\u{1B}"))
        #expect(table.text(colours: true).contains("\u{1B}[32mx\u{1B}[0m  y"))
    }

    private func logged(_ format: LogSettings.Format, _ level: Logger.Level) throws -> String {
        let lines = Lines()
        let date = time
        var logger = Logger(label: "test") { _ in
            LineLogHandler(format: format, now: { date }, write: { lines.add($0) })
        }
        logger.logLevel = .debug
        logger[metadataKey: "case"] = "c_1"
        logger.log(level: level, "seen <avery.stone@example.com> at 5", metadata: ["who": "a@b, c", "level": "x\ny"])
        return try #require(lines.all.first)
    }

    @Test("a JSON line has time, level, message and each field; above debug no email survives")
    func jsonLines() throws {
        #expect(
            try logged(.json, .info)
                == #"{"time":"2025-11-24T16:00:00.125Z","level":"info","message":"seen <<email>> at 5","#
                + #""case":"c_1","_level":"x\ny","who":"<email>, c"}"# + "\n"
        )
        #expect(try logged(.json, .debug).contains("avery.stone@example.com"))
    }

    @Test("a text line is one line whatever is in it")
    func textLines() throws {
        #expect(
            try logged(.text, .warning)
                == "2025-11-24T16:00:00.125Z warning seen <<email>> at 5 case=c_1 level=\"x\\ny\" who=\"<email>, c\"\n"
        )
    }

    @Test("an @ without an email beside it stays", arguments: ["a @ b", "*", "every @", ""])
    func noEmail(_ text: String) {
        #expect(LineLogHandler.withoutEmails(text) == text)
    }
}

/// Lines that were written, in order.
final class Lines: Sendable {
    private let lines = Mutex([String]())

    func add(_ line: String) { lines.withLock { $0.append(line) } }
    var all: [String] { lines.withLock { $0 } }
}
