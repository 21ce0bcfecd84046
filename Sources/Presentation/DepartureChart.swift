package import Foundation

/// Departures over time as stacked bars, one for each day or, over a long time, each week; in UTC.
package struct DepartureChart: Sendable {
    package struct Bar: Sendable, Equatable {
        /// The first day, as `2026-11-30`.
        package let day: String
        /// By outcome, in the order of the legend.
        package let counts: [Int]

        package var sum: Int { counts.reduce(0, +) }
    }

    /// `day` or `week`.
    package let unit: String
    /// In order, without a gap.
    package let bars: [Bar]

    /// More days than this are shown by weeks.
    private static let mostDays = 62
    private static let (width, height, left, bottom) = (960.0, 240.0, 40.0, 40.0)

    package init(_ departures: [(at: Date, outcome: OffboardingReport.Outcome)]) {
        let days = departures.map { Self.day($0.at) }
        let (first, last) = (days.min() ?? 0, days.max() ?? 0)
        let isByWeek = last - first >= Self.mostDays
        unit = isByWeek ? "week" : "day"
        let size = isByWeek ? 7 : 1
        // Day 0 of the calendar was a Thursday; weeks begin on Monday.
        let start = isByWeek ? first - (first + 3) % 7 : first
        guard !departures.isEmpty else {
            bars = []
            return
        }
        let outcomes = OffboardingReport.Outcome.allCases
        var counts = [[Int]](repeating: [Int](repeating: 0, count: outcomes.count), count: (last - start) / size + 1)
        for (day, departure) in zip(days, departures) {
            guard let outcome = outcomes.firstIndex(of: departure.outcome) else { continue }
            counts[(day - start) / size][outcome] += 1
        }
        bars = counts.enumerated().map { Bar(day: Self.text(start + $0.offset * size), counts: $0.element) }
    }

    private static func day(_ date: Date) -> Int { Int((date.timeIntervalSince1970 / 86_400).rounded(.down)) }

    private static func text(_ day: Int) -> String {
        String(TimeText.text(Date(timeIntervalSince1970: Double(day) * 86_400)).prefix(10))
    }

    /// The chart, with a legend and with its numbers as text for whoever does not see it.
    package var svg: String {
        let outcomes = OffboardingReport.Outcome.allCases
        let most = max(1, bars.map(\.sum).max() ?? 1)
        let (width, height, left, bottom) = (Self.width, Self.height, Self.left, Self.bottom)
        let step = (width - left) / Double(max(1, bars.count))
        let scale = (height - bottom - 30) / Double(most)
        let floor = height - bottom
        var parts = [
            "<svg viewBox=\"0 0 \(Int(width)) \(Int(height))\" role=\"img\" aria-label=\"Departures by \(unit)\">",
            "<line x1=\"\(Int(left))\" y1=\"\(Int(floor))\" x2=\"\(Int(width))\" y2=\"\(Int(floor))\"/>",
            "<text x=\"\(Int(left) - 8)\" y=\"\(Int(floor))\" text-anchor=\"end\">0</text>",
            "<text x=\"\(Int(left) - 8)\" y=\"\(Int(floor - Double(most) * scale) + 4)\" text-anchor=\"end\">\(most)</text>",
        ]
        // As many dates as fit beside one another.
        let every = max(1, Int((90 / step).rounded(.up)))
        for (index, bar) in bars.enumerated() {
            let x = left + Double(index) * step
            var y = floor
            let words = zip(outcomes, bar.counts).filter { $0.1 > 0 }.map { "\($0.1) \($0.0.name)" }
            parts.append("<g><title>\(bar.day): \(words.isEmpty ? "none" : words.joined(separator: ", "))</title>")
            for (outcome, count) in zip(outcomes, bar.counts) where count > 0 {
                let size = Double(count) * scale
                y -= size
                parts.append(
                    "<rect class=\"\(outcome.rawValue)\" x=\"\(Self.number(x + step * 0.1))\" y=\"\(Self.number(y))\" "
                        + "width=\"\(Self.number(min(step * 0.8, 60)))\" height=\"\(Self.number(size))\"/>"
                )
            }
            parts.append("</g>")
            if index % every == 0 {
                parts.append("<text x=\"\(Self.number(x + step * 0.1))\" y=\"\(Int(floor) + 18)\">\(bar.day)</text>")
            }
        }
        var x = left
        for (index, outcome) in outcomes.enumerated() where bars.contains(where: { $0.counts[index] > 0 }) {
            parts.append("<rect class=\"\(outcome.rawValue)\" x=\"\(Int(x))\" y=\"2\" width=\"10\" height=\"10\"/>")
            parts.append("<text x=\"\(Int(x) + 16)\" y=\"12\">\(outcome.name)</text>")
            x += 30 + Double(outcome.name.count) * 7.5
        }
        return (parts + ["</svg>"]).joined(separator: "\n")
    }

    private static func number(_ value: Double) -> String { String(format: "%.1f", value) }
}
