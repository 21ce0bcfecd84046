import Foundation
import Testing

@testable import Outbound

@Suite("Mails", .timeLimit(.minutes(15)))
struct MailTests {
    /// Seconds for a relay that answers. A sanitizer beside many other tests takes far longer than a relay may.
    private static let patience: TimeInterval = 300

    private static func mail(
        to: [String] = ["ops@example.com"],
        subject: String = "A case needs attention",
        text: String = "One line.\n.\n.two\nend"
    ) throws -> Mail {
        Mail(
            from: try #require(MailAddress("offboard@example.net")),
            to: try to.map { try #require(MailAddress($0)) },
            subject: subject,
            date: Date(timeIntervalSince1970: 1_795_536_000),
            id: "msg_01",
            thread: "c_01",
            isUrgent: true,
            text: text
        )
    }

    private func sent(_ mail: Mail, _ script: TestRelay.Script, waitsForAll: Bool = true) async throws -> [Int] {
        try await TestRelay.with(script) { relay in
            try await MailClient(timeout: Self.patience).send(mail, by: relay.relay(), waitsForAll: waitsForAll)
        }
    }

    private func trouble(_ mail: Mail, _ script: TestRelay.Script, waitsForAll: Bool = true) async throws -> String {
        do {
            _ = try await sent(mail, script, waitsForAll: waitsForAll)
            return ""
        } catch let error as MailTrouble {
            return error.description
        }
    }

    @Test("a mail is handed over command by command, and its lines arrive as they were written")
    func handed() async throws {
        let mail = try Self.mail(to: ["ops@example.com", "it@example.com"])
        try await TestRelay.with { relay in
            let refused = try await MailClient(timeout: Self.patience).send(mail, by: relay.relay(), waitsForAll: true)
            #expect(refused == [])
            let lines = relay.lines
            #expect(
                lines.prefix(5) == [
                    "EHLO [127.0.0.1]", "MAIL FROM:<offboard@example.net>", "RCPT TO:<ops@example.com>",
                    "RCPT TO:<it@example.com>", "DATA",
                ]
            )
            #expect(lines.suffix(6) == ["One line.", "..", "..two", "end", ".", "QUIT"])
            for header in [
                "From: vultr-offboard <offboard@example.net>", "Subject: A case needs attention",
                "Date: Tue, 24 Nov 2026 16:00:00 +0000", "Message-ID: <msg_01@example.net>",
                "In-Reply-To: <c_01@example.net>", "References: <c_01@example.net>", "Importance: high",
                "Auto-Submitted: auto-generated",
            ] { #expect(lines.contains(header), "\(header)") }
        }
    }

    @Test("a relay without EHLO is greeted with HELO")
    func helo() async throws {
        let script = TestRelay.Script(answers: [("EHLO", "502 5.5.1 what")])
        #expect(try await sent(try Self.mail(), script) == [])
    }

    @Test("one recipient's refusal is told, and the others have the mail")
    func refused() async throws {
        let script = TestRelay.Script(answers: [("RCPT TO:<gone@", "550 5.1.1 <gone@example.com> unknown")])
        let mail = try Self.mail(to: ["ops@example.com", "gone@example.com"])
        #expect(try await sent(mail, script) == [1])
        let all = try await trouble(try Self.mail(to: ["gone@example.com"]), script)
        #expect(all == "the relay answered every recipient with 550 5.1.1")
    }

    @Test("a recipient who may be taken later keeps all waiting, and after a while nobody")
    func later() async throws {
        let script = TestRelay.Script(answers: [("RCPT TO:<slow@", "451 4.7.1 greylisted")])
        let mail = try Self.mail(to: ["ops@example.com", "slow@example.com"])
        #expect(try await trouble(mail, script) == "the relay answered a recipient with 451 4.7.1")
        #expect(try await sent(mail, script, waitsForAll: false) == [1])
    }

    @Test(
        "whatever else a relay does is trouble that says what, without an address",
        arguments: [
            ("220", "554 5.7.1 go away", "its greeting"), ("MAIL", "530 5.7.0 sign in, offboard@example.net", "MAIL"),
            ("DATA", "452 4.3.1 full", "DATA"), (".", "552 5.3.4 too large for ops@example.com", "the mail"),
            ("MAIL", "what?", "no SMTP"), ("MAIL", "25x", "no SMTP"), ("MAIL", "250?", "no SMTP"),
        ]
    )
    func troubles(_ command: String, _ answer: String, _ told: String) async throws {
        var script = TestRelay.Script(answers: [(command, answer)])
        if command == "220" { script.greeting = answer }
        let trouble = try await trouble(try Self.mail(), script)
        #expect(trouble.contains(told), "\(trouble)")
        #expect(!trouble.contains("@"))
    }

    @Test("a relay that hangs up before it has the mail has not taken it, afterwards it has")
    func hangsUp() async throws {
        for command in ["EHLO", "RCPT", "."] {
            let told = try await trouble(try Self.mail(), TestRelay.Script(answers: [(command, nil)]))
            #expect(told == "the relay closed the connection", "\(command)")
        }
        #expect(try await sent(try Self.mail(), TestRelay.Script(answers: [("QUIT", nil)])) == [])
    }

    @Test("a relay that says nothing, or does not end, is left in time")
    func bounded() async throws {
        let client = MailClient(timeout: 0.3)
        for script in [TestRelay.Script(greeting: ""), TestRelay.Script(answers: [("DATA", "")])] {
            let mail = try Self.mail()
            let told = try await TestRelay.with(script) { relay in
                await #expect(throws: MailTrouble.self) {
                    try await client.send(mail, by: relay.relay(), waitsForAll: true)
                }
            }
            #expect(told?.description == "the relay was not done within 0.3 s")
        }
        var endless = TestRelay.Script()
        endless.greeting = String(repeating: "220-more\r\n", count: 5_000)
        #expect(try await trouble(try Self.mail(), endless) == "what the relay said is no SMTP")
    }

    @Test("nobody listens: that is said without waiting")
    func unreachable() async throws {
        let relay = try await TestRelay.with { try $0.relay() }
        let mail = try Self.mail()
        await #expect(throws: MailTrouble(description: "no connection to the relay")) {
            try await MailClient(timeout: Self.patience).send(mail, by: relay, waitsForAll: true)
        }
    }

    @Test("no text of a mail can make a header or a command")
    func injection() async throws {
        let subject = "x\r\nBcc: all@example.com\r\n\r\nDATA\r\n.\r\nMAIL FROM:<a@b>"
        let mail = try Self.mail(subject: subject, text: "a\r\n.\r\nMAIL FROM:<a@b>\n\u{2028}.\r.\n")
        #expect(!mail.content.contains("\r\nBcc"))
        try await TestRelay.with { relay in
            _ = try await MailClient(timeout: Self.patience).send(mail, by: relay.relay(), waitsForAll: true)
            let lines = relay.lines
            #expect(lines.filter { $0.hasPrefix("MAIL FROM") && !$0.contains("a@b") }.count == 1)
            #expect(lines.filter { $0 == "." }.count == 1 && lines.last == "QUIT")
            #expect(!lines.contains { $0.hasPrefix("Bcc") })
        }
    }

    @Test("a subject that is not plain ASCII goes in encoded words that a reader puts together again")
    func encodedWords() throws {
        #expect(MailHeader.text("plain, as it is") == "plain, as it is")
        #expect(MailHeader.text("=?utf-8?B?eA==?=").hasPrefix("=?utf-8?B?"))
        let text = String(repeating: "Zoë Müller 🙂 ", count: 12)
        let words = MailHeader.text(text).components(separatedBy: "\r\n ")
        #expect(words.count > 2 && words.allSatisfy { $0.utf8.count <= 75 })
        let decoded = try words.map { word in
            let inner = word.dropFirst("=?utf-8?B?".count).dropLast(2)
            return String(decoding: try #require(Data(base64Encoded: String(inner))), as: UTF8.self)
        }.joined()
        #expect(decoded == String(text.prefix(160)))
    }

    @Test("quoted-printable keeps lines short, ends none in white space and is ASCII")
    func quotedPrintable() {
        #expect(QuotedPrintable.encode("a = b") == "a =3D b")
        #expect(QuotedPrintable.encode("end \nnext\t") == "end=20\r\nnext=09")
        #expect(QuotedPrintable.encode("é\u{0}") == "=C3=A9=00")
        let long = QuotedPrintable.encode(String(repeating: "äb", count: 300))
        #expect(long.components(separatedBy: "\r\n").allSatisfy { $0.utf8.count <= 76 })
        #expect(long.replacingOccurrences(of: "=\r\n", with: "").count == 300 * 7)
    }

    @Test("an address that could be two, or more than one, is none")
    func addresses() {
        for text in ["ops@example.com", "a.b+c@sub.example.com", "root@localhost", "ops@[127.0.0.1]", "ops@[::1]"] {
            #expect(MailAddress(text)?.text == text)
        }
        for text in [
            "", "ops", "@example.com", "ops@", "a b@example.com", "a,b@example.com", "<ops@example.com>",
            "a@b>\r\nRCPT TO:<c@d", "ops@example.com\n", "\"q\"@example.com", "é@example.com", ".a@example.com",
            "a..b@example.com", "ops@exa mple.com", "ops@example..com", "ops@[]", "a@b@c.com ",
            String(repeating: "a", count: 65) + "@example.com",
        ] { #expect(MailAddress(text) == nil, "\(text)") }
    }

    @Test("a relay is near by, and has neither user nor path")
    func relays() throws {
        let usual = try MailRelay(MailRelay.usual, allowPrivate: false)
        #expect((usual.host, usual.port) == ("127.0.0.1", 25))
        #expect(try MailRelay("smtp://mail.internal", allowPrivate: true).port == 25)
        #expect(try MailRelay("SMTP://[::1]:2525", allowPrivate: false).host == "::1")
        for text in [
            "", "127.0.0.1:25", "http://127.0.0.1", "smtps://127.0.0.1", "smtp://user:pass@127.0.0.1", "smtp://",
            "smtp://127.0.0.1/x", "smtp://127.0.0.1?x", "smtp://127.0.0.1:0", "smtp://127.0.0.1:70000",
            "smtp://10.0.0.1", "smtp://192.0.2.1", "smtp://127.0.0.1\r\n",
        ] { #expect(throws: MailRelay.Problem.self, "\(text)") { try MailRelay(text, allowPrivate: false) } }
        #expect(throws: MailRelay.Problem.self) { try MailRelay("smtp://169.254.1.1", allowPrivate: true) }
        #expect(throws: MailRelay.Problem.self) { try MailRelay("smtp://198.51.100.7", allowPrivate: true) }
    }

    /// Names lead where a test says.
    private struct Names: AddressResolver {
        let found: [String]

        func addresses(of host: String) async -> [NetworkAddress] { found.compactMap { NetworkAddress($0) } }
    }

    @Test("a relay's name may lead only near by, and to the next address where one does not answer")
    func names() async throws {
        try await TestRelay.with { relay in
            let port = try relay.relay().port
            let named = try MailRelay("smtp://localhost:\(port)", allowPrivate: false)
            let far = MailClient(resolver: Names(found: ["8.8.8.8"]), timeout: Self.patience)
            let mail = try Self.mail()
            await #expect(throws: MailTrouble(description: "the relay leads to an address that is not allowed")) {
                try await far.send(mail, by: named, waitsForAll: true)
            }
            // Nobody listens at the first.
            let near = MailClient(resolver: Names(found: ["127.0.0.2", "127.0.0.1"]), timeout: Self.patience)
            let refused = try await near.send(mail, by: named, waitsForAll: true)
            #expect(refused == [])
        }
    }
}
