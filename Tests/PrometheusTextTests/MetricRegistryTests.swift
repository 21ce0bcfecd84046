import CoreMetrics
import PrometheusText
import Testing

@Suite("The registry")
struct MetricRegistryTests {
    private static let family = MetricFamily("done_total", .counter, "Done.", labels: ["sender"])

    private static func count(_ sender: String, in registry: MetricRegistry) {
        Counter(label: "done_total", dimensions: [("sender", sender)], factory: registry).increment()
    }

    @Test("the same name and labels give the same series again")
    func same() {
        let registry = MetricRegistry([Self.family])
        Self.count("hr", in: registry)
        Self.count("hr", in: registry)
        #expect(registry.value("done_total", ["hr"]) == 2)
        #expect(registry.refused == 0)
    }

    @Test("a family or a label that was not declared makes no series, and whoever asked can go on")
    func undeclared() {
        let registry = MetricRegistry([Self.family, MetricFamily("heat", .gauge, "Heat.")])
        Counter(label: "other_total", factory: registry).increment()
        Counter(label: "done_total", factory: registry).increment()
        Counter(label: "done_total", dimensions: [("person", "x")], factory: registry).increment()
        Counter(label: "done_total", dimensions: [("sender", "a"), ("person", "x")], factory: registry).increment()
        Counter(label: "heat", factory: registry).increment()
        Recorder(label: "heat", aggregate: true, factory: registry).record(1)
        CoreMetrics.Timer(label: "done_total", dimensions: [("sender", "a")], factory: registry).recordSeconds(1)
        #expect(registry.text().isEmpty)
        #expect(registry.refused == 7)
    }

    @Test("no more series are made than it was told")
    func bounded() {
        let registry = MetricRegistry([Self.family], mostSeries: 3)
        for number in 0..<2_000 { Self.count("stranger-\(number)", in: registry) }
        Self.count("stranger-1", in: registry)
        #expect(registry.text().split(separator: "\n").count == 2 + 3)
        #expect(registry.refused == 1_997)
        #expect(registry.value("done_total", ["stranger-1"]) == 2)
    }

    @Test("a counter never falls")
    func counterNeverFalls() {
        let registry = MetricRegistry([Self.family])
        let counter = Counter(label: "done_total", dimensions: [("sender", "hr")], factory: registry)
        counter.increment(by: 5)
        counter.increment(by: -3)
        #expect(registry.value("done_total", ["hr"]) == 5)
    }

    @Test("what is added from many sides is all there")
    func concurrent() async {
        let registry = MetricRegistry([
            Self.family, MetricFamily("wait_seconds", .histogram(buckets: [1]), "Waits."),
        ])
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let waits = Recorder(label: "wait_seconds", factory: registry)
                    for _ in 0..<1_000 {
                        Self.count("hr", in: registry)
                        waits.record(0.5)
                    }
                }
            }
        }
        #expect(registry.value("done_total", ["hr"]) == 8_000)
        #expect(registry.value("wait_seconds") == 8_000)
        #expect(registry.text().contains("wait_seconds_sum 4000\n"))
    }

    @Test("a family that cannot be served says why")
    func problems() {
        let sound = [
            Self.family, MetricFamily("a:b", .gauge, ""), MetricFamily("s", .histogram(buckets: [1, 2]), ""),
        ]
        #expect(sound.allSatisfy { $0.problem == nil })
        let broken = [
            MetricFamily("done", .counter, ""), MetricFamily("heat_total", .gauge, ""), MetricFamily("1st", .gauge, ""),
            MetricFamily("a-b", .gauge, ""), MetricFamily("a", .gauge, "", labels: ["le"]),
            MetricFamily("a", .gauge, "", labels: ["x", "x"]), MetricFamily("a", .gauge, "", labels: ["x y"]),
            MetricFamily("s", .histogram(buckets: []), ""), MetricFamily("s", .histogram(buckets: [2, 1]), ""),
            MetricFamily("s", .histogram(buckets: [1, .infinity]), ""),
        ]
        for family in broken { #expect(family.problem != nil, "\(family)") }
    }
}
