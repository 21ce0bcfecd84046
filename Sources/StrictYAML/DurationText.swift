/// Durations as configuration writes them: a whole number and `ms`, `s`, `m`, `h` or `d`.
public enum DurationText {
    private static let units: [(suffix: String, milliseconds: Int64)] = [
        ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]

    /// Reads a duration; `nil` for anything else, for negative ones, and for more than 1,000 years.
    public static func duration(_ text: String) -> Duration? {
        let digits = text.utf8.prefix { (0x30...0x39).contains($0) }
        guard (1...12).contains(digits.count), let number = Int64(String(decoding: digits, as: UTF8.self)) else {
            return nil
        }
        let suffix = String(decoding: text.utf8.dropFirst(digits.count), as: UTF8.self)
        guard let unit = units.first(where: { $0.suffix.utf8.elementsEqual(suffix.utf8) }) else { return nil }
        let (milliseconds, isTooLong) = number.multipliedReportingOverflow(by: unit.milliseconds)
        guard !isTooLong, milliseconds <= 86_400_000 * 365_000 else { return nil }
        return .milliseconds(milliseconds)
    }

    /// Writes a duration in its largest whole unit.
    public static func text(_ duration: Duration) -> String {
        let milliseconds = Int64(duration / .milliseconds(1))
        let unit = units.last { milliseconds.isMultiple(of: $0.milliseconds) && milliseconds >= $0.milliseconds }
        return unit.map { "\(milliseconds / $0.milliseconds)\($0.suffix)" } ?? "\(milliseconds)ms"
    }
}
