import CoreMetrics
import Synchronization

/// How many values were at most so large, and their sum. Times are in seconds.
final class HistogramSeries: RecorderHandler, TimerHandler, Series {
    private final class Bucket: Sendable {
        let count = Atomic<Int>(0)
    }

    private let bounds: [Double]
    /// One for each bound and a last one for all above.
    private let buckets: [Bucket]
    private let sum = Atomic<UInt64>(Double.zero.bitPattern)

    init(bounds: [Double]) {
        self.bounds = bounds
        buckets = (0...bounds.count).map { _ in Bucket() }
    }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        guard !value.isNaN else { return }
        let index = bounds.firstIndex { value <= $0 } ?? bounds.count
        buckets[index].count.wrappingAdd(1, ordering: .relaxed)
        sum.add(value)
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    var value: Double? { Double(buckets.reduce(0) { $0 + $1.count.load(ordering: .relaxed) }) }

    var lines: [SeriesLine] {
        var lines: [SeriesLine] = []
        var count = 0
        for (bucket, bound) in zip(buckets, bounds + [.infinity]) {
            count += bucket.count.load(ordering: .relaxed)
            lines.append(SeriesLine(suffix: "_bucket", bound: bound, value: Double(count)))
        }
        let sum = Double(bitPattern: sum.load(ordering: .relaxed))
        return lines + [SeriesLine(suffix: "_sum", value: sum), SeriesLine(suffix: "_count", value: Double(count))]
    }
}
