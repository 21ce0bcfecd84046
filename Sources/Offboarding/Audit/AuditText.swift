/// Free text as an entry may hold it: reasons and names that people, keys and senders brought.
enum AuditText {
    /// The longest text in Unicode scalars; what is cut off is in the case.
    static let longest = 500
    /// What stands for a word that holds an address.
    static let address = "(address)"

    /// The text without any word that holds an `@`: an entry is for ever, and an address in it could never be taken out
    /// again. A usable address holds no white space (rule 1), so that a word holds all of it.
    static func safe(_ text: String) -> String {
        // Nearly all are short names, and they are written for every delivery.
        if text.utf8.count <= longest,
            text.utf8.allSatisfy({ $0 < 0x80 && $0 != UInt8(ascii: "@") && $0 != UInt8(ascii: "%") })
        {
            return text
        }
        var safe = String.UnicodeScalarView()
        var word = String.UnicodeScalarView()
        func end() {
            safe.append(contentsOf: holdsAddress(word) ? address.unicodeScalars : word)
            word = String.UnicodeScalarView()
        }
        for scalar in text.unicodeScalars.prefix(longest) {
            if scalar.properties.isWhitespace {
                end()
                safe.append(scalar)
            } else {
                word.append(scalar)
            }
        }
        end()
        return String(safe)
    }

    /// The forms in which addresses come: plain, of full width, and as part of a URL.
    private static func holdsAddress(_ word: String.UnicodeScalarView) -> Bool {
        word.contains { $0 == "@" || $0 == "\u{FF20}" || $0 == "\u{FE6B}" } || String(word).contains("%40")
    }

    /// A time as RFC 3339 in UTC with milliseconds, such as `2026-11-24T16:00:00.000Z`.
    ///
    /// By hand, since it runs for every delivery and a formatter takes longer than all the rest of an entry.
    static func time(milliseconds: Int64) -> String {
        func floored(_ value: Int64, by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
            let remainder = ((value % divisor) + divisor) % divisor
            return ((value - remainder) / divisor, remainder)
        }
        let (day, inDay) = floored(milliseconds, by: 86_400_000)
        // Howard Hinnant's civil_from_days: years that begin in March, in eras of 400 years.
        let (era, dayOfEra) = floored(day + 719_468, by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        var text: [UInt8] = []
        text.reserveCapacity(24)
        func append(_ number: Int64, _ width: Int) {
            var divisor: Int64 = 1
            for _ in 1..<width { divisor *= 10 }
            for _ in 0..<width {
                text.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / divisor % 10))
                divisor /= 10
            }
        }
        append(year, 4)
        text.append(UInt8(ascii: "-"))
        append(month, 2)
        text.append(UInt8(ascii: "-"))
        append(dayOfYear - (153 * shifted + 2) / 5 + 1, 2)
        text.append(UInt8(ascii: "T"))
        append(inDay / 3_600_000, 2)
        text.append(UInt8(ascii: ":"))
        append(inDay / 60_000 % 60, 2)
        text.append(UInt8(ascii: ":"))
        append(inDay / 1000 % 60, 2)
        text.append(UInt8(ascii: "."))
        append(inDay % 1000, 3)
        text.append(UInt8(ascii: "Z"))
        return String(decoding: text, as: UTF8.self)
    }
}
