import CoreMetrics
import Synchronization

/// Only grows: what would take something away from it is let go.
final class CounterSeries: CounterHandler, Series {
    private let count = Atomic<Int64>(0)

    func increment(by amount: Int64) {
        if amount > 0 { count.wrappingAdd(amount, ordering: .relaxed) }
    }

    func reset() { count.store(0, ordering: .relaxed) }

    var value: Double? { Double(count.load(ordering: .relaxed)) }
    var lines: [SeriesLine] { [SeriesLine(value: Double(count.load(ordering: .relaxed)))] }
}
