import Foundation

/// Times that events name.
enum EventTime {
    /// From 2000 until 2100, in seconds since 1970. A number outside is most likely in another unit: seconds taken for
    /// milliseconds are in 1970, milliseconds taken for seconds in another age.
    static let plausible = 946_684_800.0..<4_102_444_800.0

    /// Reads an RFC 3339 date-time or, where the sender has a unit, a number in it; forms write it as text.
    ///
    /// - Returns: `nil` for everything else.
    static func date(_ value: JSONValue, unit: EventRule.TimeUnit?) -> Date? {
        switch value {
        case .number(let text): return unit.flatMap { date(number: text, unit: $0) }
        case .string(let text):
            if let date = InternetTimestamp.date(text) { return date }
            let isDigits = !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
            return isDigits ? unit.flatMap { date(number: text, unit: $0) } : nil
        case .null, .boolean, .array, .object: return nil
        }
    }

    private static func date(number text: String, unit: EventRule.TimeUnit) -> Date? {
        // No moment needs more, and what is longer need not be converted.
        guard text.utf8.count <= 40, let number = Double(text) else { return nil }
        let seconds: Double
        switch unit {
        case .seconds: seconds = number
        case .milliseconds: seconds = number / 1000
        }
        return plausible.contains(seconds) ? Date(timeIntervalSince1970: seconds) : nil
    }
}
