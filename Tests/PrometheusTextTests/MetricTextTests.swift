import CoreMetrics
import PrometheusText
import Testing

@Suite("The text format 0.0.4")
struct MetricTextTests {
    @Test("families stand in the order of their names, series in that of their labels, each with help and type")
    func order() {
        let registry = MetricRegistry([
            MetricFamily("work_done_total", .counter, "Work.", labels: ["who", "how"]),
            MetricFamily("heat_celsius", .gauge, "Heat."),
        ])
        Counter(label: "work_done_total", dimensions: [("how", "well"), ("who", "b")], factory: registry).increment(
            by: 3
        )
        Counter(label: "work_done_total", dimensions: [("who", "a"), ("how", "well")], factory: registry).increment()
        Meter(label: "heat_celsius", factory: registry).set(-2.5)
        #expect(
            registry.text() == """
                # HELP heat_celsius Heat.
                # TYPE heat_celsius gauge
                heat_celsius -2.5
                # HELP work_done_total Work.
                # TYPE work_done_total counter
                work_done_total{who="a",how="well"} 1
                work_done_total{who="b",how="well"} 3

                """
        )
    }

    @Test("what would end a value or a help text is escaped")
    func escaping() {
        let registry = MetricRegistry([MetricFamily("heat", .gauge, "One\nline, \"quoted\", with \\.", labels: ["at"])])
        Meter(label: "heat", dimensions: [("at", "a\"b\\c\nd")], factory: registry).set(1)
        #expect(
            registry.text() == #"""
                # HELP heat One\nline, "quoted", with \\.
                # TYPE heat gauge
                heat{at="a\"b\\c\nd"} 1

                """#
        )
    }

    @Test("a histogram sums up its buckets, and its count is that of the last one")
    func histogram() {
        let family = MetricFamily("wait_seconds", .histogram(buckets: [0.5, 1, 60]), "Waits.")
        let registry = MetricRegistry([family])
        let timer = CoreMetrics.Timer(label: "wait_seconds", factory: registry)
        for milliseconds in [250, 500, 900, 61_000] { timer.recordMilliseconds(milliseconds) }
        #expect(
            registry.text() == """
                # HELP wait_seconds Waits.
                # TYPE wait_seconds histogram
                wait_seconds_bucket{le="0.5"} 2
                wait_seconds_bucket{le="1"} 3
                wait_seconds_bucket{le="60"} 3
                wait_seconds_bucket{le="+Inf"} 4
                wait_seconds_sum 62.65
                wait_seconds_count 4

                """
        )
        #expect(registry.value("wait_seconds") == 4)
    }

    @Test("a gauge that was never set and a family without a series are not shown")
    func unknown() {
        let registry = MetricRegistry([
            MetricFamily("heat", .gauge, "Heat."), MetricFamily("done_total", .counter, "Done."),
        ])
        let heat = Meter(label: "heat", factory: registry)
        #expect(registry.text().isEmpty)
        #expect(registry.value("heat") == nil)
        heat.increment(by: 2.0)
        #expect(registry.value("heat") == 2)
    }

    @Test("samples stand among the others, and not beside a series that is counted")
    func samples() {
        let registry = MetricRegistry([
            MetricFamily("cases", .gauge, "Cases.", labels: ["state"]), MetricFamily("done_total", .counter, "Done."),
        ])
        Counter(label: "done_total", factory: registry).increment()
        let text = registry.text(with: [
            MetricSample("cases", ["open"], 4), MetricSample("done_total", [], 9), MetricSample("strange", [], 1),
            MetricSample("cases", ["open", "too many"], 1), MetricSample("cases", ["odd"], .infinity),
        ])
        #expect(
            text == """
                # HELP cases Cases.
                # TYPE cases gauge
                cases{state="odd"} +Inf
                cases{state="open"} 4
                # HELP done_total Done.
                # TYPE done_total counter
                done_total 1

                """
        )
    }

    @Test("the process tells what it uses")
    func process() {
        let registry = MetricRegistry(ProcessSamples.families)
        let samples = Dictionary(grouping: ProcessSamples.read(), by: \.family).compactMapValues(\.first?.value)
        #expect(Set(samples.keys) == Set(ProcessSamples.families.map(\.name)))
        #expect((samples["process_resident_memory_bytes"] ?? 0) > 1_000_000)
        #expect((samples["process_open_fds"] ?? 0) > 2)
        #expect((samples["process_start_time_seconds"] ?? 0) > 1_700_000_000)
        #expect(registry.text(with: ProcessSamples.read()).contains("\nprocess_cpu_seconds_total "))
    }
}
