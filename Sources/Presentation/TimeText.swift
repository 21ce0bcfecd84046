package import Foundation

/// Times as programs and people read them.
package enum TimeText {
    private static let format = Date.ISO8601FormatStyle(includingFractionalSeconds: true, timeZone: .gmt)

    /// RFC 3339 in UTC with milliseconds, such as `2026-11-24T16:00:00.000Z`.
    package static func text(_ date: Date) -> String {
        // Half a millisecond: what is kept in whole milliseconds must not be cut to the one before.
        date.addingTimeInterval(0.0005).formatted(format)
    }
}
