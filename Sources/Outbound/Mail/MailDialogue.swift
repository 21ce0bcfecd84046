import NIOCore

/// What is said on one connection to a relay, from its greeting on.
struct MailDialogue<Answers: AsyncIteratorProtocol> where Answers.Element == ByteBuffer {
    private var answers: Answers
    private let write: (ByteBuffer) async throws -> Void
    private var reader = MailReplyReader()
    private var replies: [MailReply] = []

    init(answers: Answers, write: @escaping (ByteBuffer) async throws -> Void) {
        self.answers = answers
        self.write = write
    }

    /// Hands over a mail; see ``MailClient/send(_:by:waitsForAll:)``.
    mutating func hand(_ mail: Mail, as name: String, waitsForAll: Bool) async throws -> [Int] {
        try expectSuccess(try await reply(), to: "its greeting")
        // Those that know no EHLO know HELO.
        if try await !say("EHLO \(name)").isSuccess {
            try expectSuccess(try await say("HELO \(name)"), to: "HELO")
        }
        try expectSuccess(try await say("MAIL FROM:<\(mail.from.text)>"), to: "MAIL")
        let refused = try await address(mail, waitsForAll: waitsForAll)
        let answer = try await say("DATA")
        guard answer.code == 354 else { throw trouble(answer, "DATA") }
        try await write(ByteBuffer(string: Self.stuffed(mail.content) + ".\r\n"))
        try expectSuccess(try await reply(), to: "the mail")
        return refused
    }

    /// Ends in good order. The relay has the mail: whatever comes of this changes nothing.
    mutating func quit() async { _ = try? await say("QUIT") }

    private mutating func address(_ mail: Mail, waitsForAll: Bool) async throws -> [Int] {
        var refused: [Int] = []
        var last: MailReply?
        var passing: MailReply?
        for (index, recipient) in mail.to.enumerated() {
            let answer = try await say("RCPT TO:<\(recipient.text)>")
            if answer.isSuccess { continue }
            refused.append(index)
            last = answer
            if answer.isPassing { passing = answer }
        }
        if let passing, waitsForAll { throw trouble(passing, "a recipient") }
        if let last, refused.count == mail.to.count { throw trouble(last, "every recipient") }
        return refused
    }

    private func expectSuccess(_ answer: MailReply, to what: String) throws {
        guard answer.isSuccess else { throw trouble(answer, what) }
    }

    private func trouble(_ answer: MailReply, _ what: String) -> MailTrouble {
        MailTrouble(description: "the relay answered \(what) with \(answer.description)")
    }

    private mutating func say(_ command: String) async throws -> MailReply {
        try await write(ByteBuffer(string: command + "\r\n"))
        return try await reply()
    }

    private mutating func reply() async throws -> MailReply {
        while replies.isEmpty {
            guard let piece = try await answers.next() else {
                throw MailTrouble(description: "the relay closed the connection")
            }
            do {
                replies += try reader.take(piece.readableBytesView)
            } catch {
                throw MailTrouble(description: "what the relay said is no SMTP")
            }
        }
        return replies.removeFirst()
    }

    /// The lines with a dot more where they begin with one: a line of one dot would end the mail.
    static func stuffed(_ content: String) -> String {
        content.split(separator: "\r\n", omittingEmptySubsequences: false)
            .map { $0.hasPrefix(".") ? "." + $0 : String($0) }
            .joined(separator: "\r\n")
    }
}
