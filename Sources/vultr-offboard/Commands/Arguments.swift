import ArgumentParser
import Foundation
import Offboarding
import StrictYAML

/// Arguments that are more than text.
enum Arguments {
    /// An email that can be compared; anything else is wrong usage.
    static func email(_ text: String) throws -> EmailAddress {
        do throws(UnusableEmail) {
            return try EmailAddress(text)
        } catch {
            throw ValidationError("\(error.rawValue)")
        }
    }

    /// A state by its word in the contract.
    static func state(_ text: String) throws -> CaseState {
        guard let state = CaseState(rawValue: text) else {
            throw ValidationError("the states are \(CaseState.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return state
    }

    /// A moment as RFC 3339 writes it, a date (its beginning in UTC), or so long ago, such as `30d`.
    static func time(_ text: String) throws -> Date { try time(text, endsDay: false) }

    /// The same as the end of a period: a date stands for the end of its day.
    static func end(_ text: String) throws -> Date { try time(text, endsDay: true) }

    private static func time(_ text: String, endsDay: Bool) throws -> Date {
        // In whole milliseconds, as times are kept: what was printed must find itself again.
        do { return try Date(text, strategy: .iso8601).wholeMilliseconds } catch {
            // Not in this form; perhaps in the next.
        }
        // The parser would take what stands behind a date for nothing.
        if text.utf8.count == 10 {
            do {
                let day = try Date(text, strategy: .iso8601.year().month().day())
                return endsDay ? day.addingTimeInterval(86_400) : day
            } catch {
                // Not a date either.
            }
        }
        guard let duration = DurationText.duration(text) else {
            throw ValidationError("give a time such as 2026-11-24T16:00:00Z, a date, or so long ago, such as 30d")
        }
        return Date().addingTimeInterval(-duration.seconds)
    }
}
