import Foundation

/// Reads `Retry-After` (RFC 9110, section 10.2.3). Vultr documents none; a proxy in front of it may send one.
enum RetryAfter {
    /// The longest wait that is believed, in seconds. Longer, and one odd answer would hold up every departure; the
    /// durable retries of a case take over from here.
    static let ceiling: TimeInterval = 30

    /// When to call again: not before `now` and not after the ceiling; `nil` where the value is neither a number of
    /// seconds nor an HTTP date.
    static func date(from value: String?, now: Date) -> Date? {
        guard let value = value?.trimmingCharacters(in: .whitespaces), !value.isEmpty else { return nil }
        let latest = now.addingTimeInterval(ceiling)
        if value.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            guard let seconds = TimeInterval(value) else { return nil }
            return min(now.addingTimeInterval(seconds), latest)
        }
        guard let date = httpDate(value) else { return nil }
        return min(max(date, now), latest)
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`, the one form of an HTTP date that is still sent (RFC 9110, section 5.6.7).
    private static func httpDate(_ value: String) -> Date? {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let parts = value.split(separator: " ")
        guard parts.count == 6, parts[0].hasSuffix(","), parts[5] == "GMT" else { return nil }
        let clock = parts[4].split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
        guard let day = Int(parts[1]), let month = months.firstIndex(of: String(parts[2])), let year = Int(parts[3]),
            clock.count == 3, let hour = clock[0], let minute = clock[1], let second = clock[2]
        else { return nil }
        guard (1...31).contains(day), (1970...9999).contains(year), (0...23).contains(hour), (0...59).contains(minute),
            (0...60).contains(second)
        else { return nil }
        return Date(
            timeIntervalSince1970: TimeInterval(
                days(year, month + 1, day) * 86_400 + hour * 3_600 + minute * 60 + second
            )
        )
    }

    /// Days from 1970-01-01 in the Gregorian calendar. The year is taken to begin in March, so that the leap day is its
    /// last and no month needs a table.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month > 2 ? year : year - 1
        let monthFromMarch = (month + 9) % 12
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
        return 365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
    }
}
