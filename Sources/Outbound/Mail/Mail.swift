import Foundation

/// One mail, ready to be handed to a relay.
struct Mail: Sendable, Equatable {
    let from: MailAddress
    let to: [MailAddress]
    let subject: String
    let date: Date
    /// What stands before the `@` of its Message-ID: the same for every try.
    let id: String
    /// The same for all mails about one thing, which mail programs then show together.
    let thread: String?
    /// Whether programs should show that it is urgent.
    let isUrgent: Bool
    let text: String

    /// The whole of it in lines that end in CRLF, ASCII alone.
    var content: String {
        var headers = [
            "From: vultr-offboard <\(from.text)>",
            "To: " + to.map { "<\($0.text)>" }.joined(separator: ",\r\n "),
            "Subject: \(MailHeader.text(subject))",
            "Date: \(MailHeader.date(date))",
            "Message-ID: \(reference(id))",
        ]
        if let thread {
            headers += ["In-Reply-To: \(reference(thread))", "References: \(reference(thread))"]
        }
        if isUrgent { headers += ["Importance: high", "X-Priority: 1"] }
        headers += [
            // Nobody's absence is to be told to us (RFC 3834).
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: quoted-printable",
        ]
        return headers.joined(separator: "\r\n") + "\r\n\r\n" + QuotedPrintable.encode(text) + "\r\n"
    }

    /// Ids are ours: letters, digits, `_` and `.`.
    private func reference(_ id: String) -> String {
        let plain = id.filter { $0.isASCII && ($0.isLetter || $0.isNumber || "_.-".contains($0)) }
        return "<\(plain)@\(from.domain)>"
    }
}
