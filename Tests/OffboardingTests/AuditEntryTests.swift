import Foundation
import Testing
import WebhookSignature

@testable import Offboarding

@Suite("What an entry holds")
struct AuditEntryTests {
    private func json(_ event: AuditEvent) throws -> String {
        let draft = event.draft { text, email in Array("\(text)|\(email.text)".utf8) }
        return String(decoding: draft.bytes(sequence: 7, after: [0xAB, 0x01]), as: UTF8.self)
    }

    @Test("members are in RFC 8785's order, and people are commitments")
    func order() throws {
        let avery = try EmailAddress("a@b")
        let event = AuditEvent(
            .caseHeld,
            at: Date(timeIntervalSince1970: 1_795_000_000.25),
            actor: .person("dana"),
            people: [avery],
            caseID: CaseID("c_1"),
            delivery: DeliveryID("d_1"),
            facts: ["z": .boolean(true), "a": .list([.number(-1), .text("é\"\n")]), "none": nil],
            sealedFacts: ["plan": "ff"]
        )
        let plan = HexText.text(Array("ff|a@b".utf8))
        let subject = HexText.text(Array("a@b|a@b".utf8))
        #expect(
            try json(event)
                == #"{"actor":"person:dana","at":"2026-11-18T11:06:40.250Z","case":"c_1","delivery":"d_1","#
                + #""facts":{"a":[-1,"é\"\n"],"plan":"\#(plan)","z":true},"kind":"case.held","#
                + #""previous":"ab01","sequence":7,"subject":["\#(subject)"]}"#
        )
    }

    @Test("it is read back, chain and all")
    func readBack() throws {
        let event = AuditEvent.refused(sender: "hr", cause: "wrong_signature", count: 9, at: Samples.start)
        let previous = [UInt8](repeating: 5, count: 32)
        let bytes = event.draft { _, _ in [] }.bytes(sequence: 12, after: previous)
        let link = try #require(AuditLink(bytes))
        #expect(link.sequence == 12)
        #expect(link.previous == previous)
        let record = try AuditRecord(AuditEntry(sequence: 12, bytes: bytes, hash: []))
        #expect(record.is(.webhooksRefused))
        #expect(record.facts["count"]?.number == 9)
        #expect(record.facts["sender"]?.text == "hr")
        #expect(record.date == Samples.start)
    }

    @Test("no text can pass for the link")
    func link() throws {
        let forged = #"x","previous":"\#(String(repeating: "0", count: 64))","sequence":9"#
        let event = AuditEvent(.limitsRaised, at: Samples.start, actor: .person(forged), facts: ["a": .text(forged)])
        let previous = [UInt8](repeating: 5, count: 32)
        let bytes = event.draft { _, _ in [] }.bytes(sequence: 3, after: previous)
        #expect(AuditLink(bytes)?.sequence == 3)
        #expect(AuditLink(bytes)?.previous == previous)
        #expect(AuditLink(Array("{}".utf8)) == nil)
        #expect(AuditLink([]) == nil)
    }

    @Test("the entry of an accepted delivery is what the long way would write")
    func accepted() throws {
        for secret in [nil, "2026-11", "a \"name\" of ops@example.com"] {
            let delivery = Delivery(
                id: DeliveryID("d_1"),
                sender: "hr",
                receivedAt: Samples.start,
                headers: [],
                body: [],
                replayKey: ReplayKey(signedID: nil, bodyDigest: []),
                secretName: secret
            )
            let long = AuditEvent(
                .deliveryAccepted,
                at: Samples.start,
                actor: .sender("hr"),
                delivery: delivery.id,
                facts: ["contents": .text("0a0b"), "secret": AuditEvent.fact(secret)]
            )
            #expect(AuditDraft.accepted(delivery, contents: [10, 11]) == long.draft { _, _ in [] })
        }
    }

    @Test("times are written as Foundation writes them")
    func times() {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true, timeZone: .gmt)
        var milliseconds: Int64 = -2_208_988_800_000
        while milliseconds < 7_258_118_400_000 {
            let date = Date(timeIntervalSince1970: Double(milliseconds) / 1000 + 0.0005)
            #expect(AuditText.time(milliseconds: milliseconds) == date.formatted(style))
            milliseconds += 86_400_000 * 13 + 3_723_001
        }
        #expect(AuditText.time(milliseconds: 951_782_399_999) == "2000-02-28T23:59:59.999Z")
        #expect(AuditText.time(milliseconds: 951_782_400_000) == "2000-02-29T00:00:00.000Z")
    }

    @Test(
        "words with an address are taken out of free text, and the rest stays",
        arguments: [
            ("reduction in force, HR-1234", "reduction in force, HR-1234"),
            ("for a@b.example now", "for (address) now"),
            ("mailto:a@b", "(address)"),
            ("<a@b>,\tc\u{FF20}d", "(address)\t(address)"),
            ("GET /users?email=a%40b failed", "GET (address) failed"),
            ("", ""),
        ]
    )
    func safeText(_ given: String, _ safe: String) {
        #expect(AuditText.safe(given) == safe)
        #expect(AuditText.safe(String(repeating: "x", count: 2000)).count == AuditText.longest)
    }

    @Test("an actor whose name is an address is a commitment")
    func actor() throws {
        let event = AuditEvent(.limitsEnded, at: Samples.start, actor: .person("Dana@Example.com"))
        #expect(try !json(event).contains("@"))
        let expected = HexText.text(Array("dana@example.com|dana@example.com".utf8))
        #expect(try json(event).contains("person:\(expected)"))
    }

    @Test("a commitment depends on the salt and the text")
    func commitment() throws {
        let sha256: SHA256Function = { try SHA256.digest(of: $0) }
        let salt = [UInt8](repeating: 1, count: 32)
        let expected = try sha256(salt + Array("a@b".utf8))
        #expect(try AuditSalt.commitment(to: "a@b", salt: salt, sha256: sha256) == expected)
        #expect(try AuditSalt.commitment(to: "a@c", salt: salt, sha256: sha256) != expected)
        #expect(AuditSalt.random(32).count == 32)
        #expect(AuditSalt.random(32) != AuditSalt.random(32))
    }
}
