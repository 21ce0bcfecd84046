import Foundation
import Offboarding

/// A message as a mail.
struct NoticeMail {
    private let message: NoticeMessage
    private let content: NoticeContent

    init(_ message: NoticeMessage) {
        self.message = message
        content = NoticeContent(message)
    }

    func mail(from: MailAddress, to: [MailAddress]) -> Mail {
        Mail(
            from: from,
            to: to,
            subject: subject,
            date: message.madeAt,
            id: message.id.text,
            thread: thread,
            isUrgent: content.isLoud,
            text: text
        )
    }

    /// Whoever looks through their mails sees what needs them.
    private var subject: String {
        let person = content.entries.count == 1 && content.rest == nil ? content.entries[0].email : nil
        let mark = content.isLoud ? "[offboard: action needed]" : "[offboard]"
        return "\(mark) \(content.heading)" + (person.map { ": \($0)" } ?? "")
    }

    /// All mails about one case stand together.
    private var thread: String? {
        guard message.count == 1, let id = message.notices.first?.caseID else { return nil }
        return id.text
    }

    private var text: String {
        var parts = [content.heading + "."]
        for entry in content.entries {
            let facts = [
                entry.email.map { "Person: \($0)" },
                entry.id.map { "\($0.hasPrefix("d_") ? "Delivery" : "Case"): \($0)" },
                entry.sender.map { "Sender: \($0)" },
            ].compactMap { $0 }
            let actions = entry.actions.enumerated().map { index, action in (index > 0 ? "or\n    " : "    ") + action }
            parts.append((facts + [entry.reason] + actions).joined(separator: "\n"))
        }
        if let rest = content.rest { parts.append("And \(rest.count) more:\n    \(rest.command)") }
        parts.append("-- \nSent by vultr-offboard, message \(message.id).")
        return parts.joined(separator: "\n\n")
    }
}
