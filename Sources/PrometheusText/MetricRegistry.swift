public import CoreMetrics
import Synchronization

/// Hands out the instruments of declared families, and shows what they hold.
///
/// Instruments cost an atomic addition each; asking for one costs a lock, so ask once and keep it. The same name and
/// labels give the same series again.
public final class MetricRegistry: MetricsFactory {
    /// How many series there are at most, unless it is said otherwise: many times what a configuration of hundreds of
    /// senders makes, and some megabytes.
    public static let usualMost = 20_000

    private struct State {
        /// By family, then by the labels' values in the family's order.
        var series: [String: [[String]: any Series]] = [:]
        var count = 0
        var refused = 0
    }

    /// By name.
    let families: [String: MetricFamily]
    private let most: Int
    private let state = Mutex(State())

    /// - Parameters:
    ///   - families: all that may be measured; one that has a ``MetricFamily/problem`` is left out.
    ///   - mostSeries: how many series are made at most.
    public init(_ families: [MetricFamily], mostSeries: Int = MetricRegistry.usualMost) {
        self.families = Dictionary(families.filter { $0.problem == nil }.map { ($0.name, $0) }) { first, _ in first }
        most = mostSeries
    }

    /// How often a series was refused: its family or its labels were not declared, or there were too many.
    public var refused: Int { state.withLock { $0.refused } }

    /// The value of a series; of a histogram how many values it took; `nil` where there is none.
    public func value(_ family: String, _ labels: [String] = []) -> Double? {
        state.withLock { $0.series[family]?[labels] }?.value
    }

    /// All of it in the text format, with samples beside; of samples those of declared counters and gauges.
    public func text(with samples: [MetricSample] = []) -> String {
        let series = state.withLock { $0.series }
        return MetricText(families: families, series: series, samples: samples).text
    }

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, dimensions) { kind in kind == .counter ? CounterSeries() : nil } ?? NOOPMetricsHandler.instance
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, dimensions) { kind in kind == .gauge ? GaugeSeries() : nil } ?? NOOPMetricsHandler.instance
    }

    public func makeRecorder(
        label: String,
        dimensions: [(String, String)],
        aggregate: Bool
    ) -> any RecorderHandler {
        if aggregate { return histogram(label, dimensions) ?? NOOPMetricsHandler.instance }
        return series(label, dimensions) { kind in kind == .gauge ? GaugeSeries() : nil } ?? NOOPMetricsHandler.instance
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(label, dimensions) ?? NOOPMetricsHandler.instance
    }

    private func histogram(_ label: String, _ dimensions: [(String, String)]) -> HistogramSeries? {
        series(label, dimensions) { kind in
            guard case .histogram(let buckets) = kind else { return nil }
            return HistogramSeries(bounds: buckets)
        }
    }

    // What was measured stays: a counter that vanished and came again would look like a restart.

    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyMeter(_ handler: any MeterHandler) {}
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    public func destroyTimer(_ handler: any TimerHandler) {}

    /// The series of a family and labels, made where there is none; `nil` where it is refused.
    private func series<Kind: Series>(
        _ name: String,
        _ dimensions: [(String, String)],
        make: (MetricFamily.Kind) -> Kind?
    ) -> Kind? {
        let labels = families[name].flatMap { Self.values(of: $0.labels, in: dimensions) }
        return state.withLock { state in
            guard let family = families[name], let labels else {
                state.refused += 1
                return nil
            }
            if let found = state.series[name]?[labels] {
                guard let found = found as? Kind else {
                    state.refused += 1
                    return nil
                }
                return found
            }
            guard state.count < most, let made = make(family.kind) else {
                state.refused += 1
                return nil
            }
            state.series[name, default: [:]][labels] = made
            state.count += 1
            return made
        }
    }

    /// The values in the order of the declared names; `nil` where the names are not exactly these.
    private static func values(of names: [String], in dimensions: [(String, String)]) -> [String]? {
        guard names.count == dimensions.count else { return nil }
        let values = names.compactMap { name in dimensions.first { $0.0 == name }?.1 }
        return values.count == names.count ? values : nil
    }
}
