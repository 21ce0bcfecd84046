import Foundation
import HTTPListener
import Testing
import WebhookSignature

@testable import Intake

@Suite("What the head of a request allows")
struct AdmissionTests {
    private let signed = [
        ("webhook-id", "msg_1"), ("webhook-timestamp", "1795536000"), ("webhook-signature", "v1,AAAA"),
    ]

    @Test(
        "an unknown sender or path is 404, whatever the method",
        arguments: ["/hooks/other", "/hooks/", "/hooks/hr/", "/"]
    )
    func unknown(path: String) throws {
        let intake = try IntakeFixture()
        #expect(try intake.status(intake.head("POST", path, signed)) == 404)
        #expect(try intake.status(intake.head("DELETE", path)) == 404)
    }

    @Test("another method than POST is 405 and names POST", arguments: ["GET", "HEAD", "PUT", "OPTIONS", "post"])
    func otherMethods(method: String) throws {
        let intake = try IntakeFixture()
        guard case .answer(let answer) = intake.router.route(try intake.head(method, "/hooks/hr", signed)) else {
            Issue.record("\(method) must be answered at once")
            return
        }
        #expect(answer.status == 405)
        #expect(answer.headers.contains(HeaderField("Allow", "POST")))
    }

    @Test("an address outside allow_from is 403, before anything else of the head is looked at")
    func sourceRange() throws {
        let intake = try IntakeFixture(", allow_from: [192.0.2.0/24]")
        #expect(try intake.status(intake.head("POST", "/hooks/hr", signed)) == nil)
        #expect(try intake.status(intake.head("POST", "/hooks/hr", [], from: "198.51.100.1")) == 403)
        #expect(try intake.status(intake.head("PUT", "/hooks/hr", [], from: "198.51.100.1")) == 405)
    }

    @Test("no signature header is 401 at the head")
    func missingSignature() throws {
        let intake = try IntakeFixture()
        #expect(try intake.status(intake.head("POST", "/hooks/hr", Array(signed.prefix(2)))) == 401)
        #expect(intake.log.all == ["warning request refused cause=missing_signature sender=hr"])
    }

    @Test(
        "a repeated signature, id or timestamp header is 400 and closes, also beside a missing signature",
        arguments: 0..<3
    )
    func repeated(which: Int) throws {
        let intake = try IntakeFixture()
        let head = try intake.head("POST", "/hooks/hr", signed + [signed[which]])
        guard case .endpoint(let endpoint) = intake.router.route(head), let answer = endpoint.admit(head) else {
            Issue.record("it must be refused at the head")
            return
        }
        #expect(answer.status == 400)
        #expect(answer.closes)
    }
}

@Suite("Refusals in the log")
struct RefusalLogTests {
    @Test("a flood of one cause is one line at once and one a minute with the number between")
    func flood() {
        let lines = LogLines()
        let log = RefusalLog(sender: "hr", instruments: IntakeInstruments(sender: "hr"), logger: lines.logger)
        let start = Date(timeIntervalSince1970: 1_795_536_000)
        for second in 0..<59 {
            log.refused(because: .authentication(.wrongSignature), at: start.addingTimeInterval(Double(second)))
        }
        log.refused(because: .staleTimestamp, details: ["skew_seconds": "900"], at: start)
        #expect(lines.all.count == 2)
        log.refused(because: .authentication(.wrongSignature), at: start.addingTimeInterval(60))
        #expect(lines.all.last?.contains("refused_since_last_line=58") == true)
        #expect(lines.all[1].contains("skew_seconds=900"))
    }
}
