package import Foundation

/// How long revoking took: how many within a second, ten seconds, a minute, and so on.
package struct RevocationChart: Sendable {
    package struct Bar: Sendable, Equatable {
        /// Such as `up to 1 min`.
        package let name: String
        package let count: Int
        /// Whether it is longer than people think of as at once.
        package let isSlow: Bool
    }

    package let bars: [Bar]

    /// Upper bounds in seconds, and what they are called.
    private static let bounds: [(seconds: TimeInterval, name: String)] = [
        (1, "1 s"), (5, "5 s"), (10, "10 s"), (30, "30 s"), (60, "1 min"), (300, "5 min"), (900, "15 min"),
        (3600, "1 h"), (86_400, "1 d"),
    ]
    /// As long as a notice of a deadline waits.
    private static let slow: TimeInterval = 900
    private static let (width, height, left, bottom) = (960.0, 180.0, 40.0, 30.0)

    /// - Parameter seconds: one for each person who was removed.
    package init(_ seconds: [TimeInterval]) {
        var lower = -TimeInterval.infinity
        var bars: [Bar] = []
        for (bound, name) in Self.bounds {
            let count = seconds.count { $0 > lower && $0 <= bound }
            bars.append(Bar(name: "up to \(name)", count: count, isSlow: bound > Self.slow))
            lower = bound
        }
        bars.append(Bar(name: "longer", count: seconds.count { $0 > lower }, isSlow: true))
        self.bars = bars
    }

    /// The chart, with its numbers as text for whoever does not see it; `nil` where nobody was removed.
    package var svg: String? {
        guard bars.contains(where: { $0.count > 0 }) else { return nil }
        let most = bars.map(\.count).max() ?? 1
        let (width, height, left, bottom) = (Self.width, Self.height, Self.left, Self.bottom)
        let step = (width - left) / Double(bars.count)
        let scale = (height - bottom - 24) / Double(most)
        let floor = height - bottom
        let words = bars.filter { $0.count > 0 }.map { "\($0.count) \($0.name)" }.joined(separator: ", ")
        var parts = [
            "<svg viewBox=\"0 0 \(Int(width)) \(Int(height))\" role=\"img\" aria-label=\"Time to revoke: \(words)\">",
            "<line x1=\"\(Int(left))\" y1=\"\(Int(floor))\" x2=\"\(Int(width))\" y2=\"\(Int(floor))\"/>",
        ]
        for (index, bar) in bars.enumerated() {
            let x = left + Double(index) * step + step * 0.15
            let size = Double(bar.count) * scale
            parts.append("<g><title>\(bar.count) \(bar.name)</title>")
            if bar.count > 0 {
                parts.append(
                    "<rect class=\"\(bar.isSlow ? "slow" : "time")\" x=\"\(Self.number(x))\" "
                        + "y=\"\(Self.number(floor - size))\" width=\"\(Self.number(step * 0.7))\" "
                        + "height=\"\(Self.number(size))\"/>"
                )
                parts.append(
                    "<text x=\"\(Self.number(x + step * 0.35))\" y=\"\(Self.number(floor - size - 6))\" "
                        + "text-anchor=\"middle\">\(bar.count)</text>"
                )
            }
            parts.append(
                "<text x=\"\(Self.number(x + step * 0.35))\" y=\"\(Int(floor) + 18)\" "
                    + "text-anchor=\"middle\">\(bar.name)</text></g>"
            )
        }
        return (parts + ["</svg>"]).joined(separator: "\n")
    }

    private static func number(_ value: Double) -> String { String(format: "%.1f", value) }
}
