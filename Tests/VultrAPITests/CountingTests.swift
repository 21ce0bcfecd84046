import Offboarding
import PrometheusText
import Testing

@testable import VultrAPI

@Suite("What is counted of calls")
struct VultrCountingTests {
    private let metrics = MetricRegistry([
        MetricFamily(VultrInstruments.requests, .counter, "", labels: ["endpoint", "status"]),
        MetricFamily(VultrInstruments.seconds, .histogram(buckets: [1]), ""),
    ])

    @Test("each answer counts by endpoint and status, each end without one by a word")
    func words() {
        let instruments = VultrInstruments(factory: metrics)
        instruments.answered(.users, status: 200, after: 0.5)
        instruments.answered(.users, status: 200, after: 2)
        instruments.ended(.remove, .timedOut, after: 30)
        #expect(metrics.value(VultrInstruments.requests, ["GET /v2/users", "200"]) == 2)
        let remove = "DELETE /v2/organizations/{organization}/user/{user}"
        #expect(metrics.value(VultrInstruments.requests, [remove, "timeout"]) == 1)
        #expect(metrics.value(VultrInstruments.seconds) == 3)
    }

    @Test("statuses that nobody uses have one word")
    func otherStatuses() {
        let instruments = VultrInstruments(factory: metrics)
        for status in 600..<1_000 { instruments.answered(.account, status: status, after: 0.1) }
        #expect(metrics.value(VultrInstruments.requests, ["GET /v2/account", "other"]) == 400)
        let series = metrics.text().split(separator: "\n").filter { $0.hasPrefix(VultrInstruments.requests) }
        #expect(series.count == 1)
    }
}
