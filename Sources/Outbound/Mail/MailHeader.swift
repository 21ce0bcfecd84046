import Foundation

/// A header field of a mail (RFC 5322) that no text can break out of.
enum MailHeader {
    /// The longest encoded word (RFC 2047, section 2).
    private static let longestWord = 75
    /// The longest text of a header, in characters: nobody reads more in a list of mails.
    private static let longest = 160

    /// Free text: as it is where it is plain ASCII and short, else in encoded words.
    static func text(_ text: String) -> String {
        let line = oneLine(text)
        if line.utf8.allSatisfy({ (0x20...0x7E).contains($0) }), !line.contains("=?") { return line }
        return words(line).joined(separator: "\r\n ")
    }

    /// A moment as RFC 5322 writes it, in UTC.
    static func date(_ date: Date) -> String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second, .weekday], from: date)
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        func two(_ number: Int?) -> String {
            let text = String(number ?? 0)
            return text.count < 2 ? "0" + text : text
        }
        let day = days[((parts.weekday ?? 1) - 1) % 7]
        let month = months[((parts.month ?? 1) - 1) % 12]
        let time = [parts.hour, parts.minute, parts.second].map(two).joined(separator: ":")
        return "\(day), \(two(parts.day)) \(month) \(parts.year ?? 1970) \(time) +0000"
    }

    /// The text with what is no character to read as spaces, cut.
    private static func oneLine(_ text: String) -> String {
        var line = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: line.append(" ")
            default: line.append(scalar)
            }
        }
        return String(String(line).prefix(longest))
    }

    /// Encoded words, none of which cuts a character.
    private static func words(_ text: String) -> [String] {
        let (open, close) = ("=?utf-8?B?", "?=")
        let room = (longestWord - open.count - close.count) / 4 * 3
        var words: [String] = []
        var bytes: [UInt8] = []
        func flush() {
            words.append(open + Data(bytes).base64EncodedString() + close)
            bytes = []
        }
        for scalar in text.unicodeScalars {
            let next = Array(String(scalar).utf8)
            if bytes.count + next.count > room { flush() }
            bytes += next
        }
        if !bytes.isEmpty { flush() }
        return words
    }
}
