import CoreMetrics
import Synchronization

/// The last value; none until it was set.
final class GaugeSeries: RecorderHandler, MeterHandler, Series {
    private let bits = Atomic<UInt64>(Double.nan.bitPattern)

    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }
    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

    func increment(by amount: Double) { bits.add(amount) }
    func decrement(by amount: Double) { bits.add(-amount) }

    var value: Double? {
        let value = Double(bitPattern: bits.load(ordering: .relaxed))
        return value.isNaN ? nil : value
    }

    var lines: [SeriesLine] { value.map { [SeriesLine(value: $0)] } ?? [] }
}

extension Atomic where Value == UInt64 {
    /// Adds to the number whose bits it holds; one that was never set begins at 0.
    func add(_ amount: Double) {
        var old = load(ordering: .relaxed)
        while true {
            let before = Double(bitPattern: old)
            let new = ((before.isNaN ? 0 : before) + amount).bitPattern
            let (exchanged, original) = compareExchange(expected: old, desired: new, ordering: .relaxed)
            if exchanged { return }
            old = original
        }
    }
}
