/// What a relay answers to a command (RFC 5321, section 4.2).
struct MailReply: Sendable, Equatable {
    let code: Int
    /// The code of RFC 3463, such as `5.1.1`, where it has one.
    let detail: String?

    var isSuccess: Bool { (200..<300).contains(code) }
    /// Another try may meet another answer.
    var isPassing: Bool { (400..<500).contains(code) }

    /// The codes alone: the text behind them holds addresses.
    var description: String { detail.map { "\(code) \($0)" } ?? "\(code)" }
}

/// Puts a relay's answers together, which come in pieces and may have several lines.
struct MailReplyReader {
    /// Bounds what is held of one answer, in bytes. Extensions are some twenty lines.
    static let longest = 16_384

    private var line: [UInt8] = []
    private var taken = 0

    /// What came is no answer, or has no end.
    struct Malformed: Error {}

    /// Takes some bytes.
    ///
    /// - Returns: the answers that ended with them, in order.
    mutating func take(_ bytes: some Sequence<UInt8>) throws(Malformed) -> [MailReply] {
        var replies: [MailReply] = []
        for byte in bytes {
            taken += 1
            guard taken <= Self.longest else { throw Malformed() }
            guard byte == UInt8(ascii: "\n") else {
                line.append(byte)
                continue
            }
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            if let reply = try Self.reply(line) {
                replies.append(reply)
                taken = 0
            }
            line = []
        }
        return replies
    }

    /// The answer that a line ends; `nil` where more lines of it follow.
    private static func reply(_ line: [UInt8]) throws(Malformed) -> MailReply? {
        let text = String(decoding: line, as: UTF8.self)
        guard line.count >= 3, let code = Int(text.prefix(3)), (200...599).contains(code) else { throw Malformed() }
        if line.count > 3 {
            if line[3] == UInt8(ascii: "-") { return nil }
            guard line[3] == UInt8(ascii: " ") else { throw Malformed() }
        }
        let word = text.dropFirst(4).prefix { $0 != " " }
        let parts = word.split(separator: ".", omittingEmptySubsequences: false)
        let isDetail = parts.count == 3 && parts.allSatisfy { (1...3).contains($0.count) && $0.allSatisfy(\.isNumber) }
        return MailReply(code: code, detail: isDetail && word.allSatisfy(\.isASCII) ? String(word) : nil)
    }
}
