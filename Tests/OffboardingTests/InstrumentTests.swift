import Foundation
import PrometheusText
import Testing

@testable import Offboarding

@Suite("What the engine counts")
struct InstrumentTests {
    private func removals(_ shop: Workshop, _ outcome: Removal.Outcome, key: String = "production") -> Double? {
        shop.metrics.value(EngineInstruments.removals, [key, outcome.rawValue])
    }

    @Test("a removal is counted once, and the time to revoke begins with the departure or with its effect")
    func removed() async throws {
        let shop = try Workshop()
        _ = try await shop.work()
        #expect(removals(shop, .removed) == 1)
        #expect(shop.metrics.value(EngineInstruments.timeToRevoke) == 1)
        let absent = try await shop.work("nobody@example.com")
        #expect(absent.result == .noAccount)
        #expect(shop.metrics.value(EngineInstruments.timeToRevoke) == 1)

        let instruments = EngineInstruments(keys: [], factory: shop.metrics)
        var late = try Samples.case(state: .completed)
        late.result = .removed
        late.effectiveAt = Samples.start + 3_600
        late.finishedAt = Samples.start + 3_605
        instruments.settled(late)
        #expect(shop.metrics.value(EngineInstruments.timeToRevoke) == 2)
        let sum = try #require(
            shop.metrics.text().split(separator: "\n").first { $0.hasPrefix("offboard_time_to_revoke_seconds_sum ") }
        )
        #expect((5..<60).contains(try #require(Double(sum.split(separator: " ")[1]))))
        try await shop.close()
    }

    @Test("a DELETE that fails is counted each time, its outcome once")
    func failed() async throws {
        let shop = try Workshop()
        let forbidden = VultrError(.operatorNeeded, status: 403, message: "forbidden")
        shop.vultr[0].change { $0.faults["remove"] = [forbidden, forbidden] }
        let stuck = try await shop.work()
        #expect(stuck.state == .attention)
        #expect(removals(shop, .operator) == 1)
        #expect(try await shop.engine.work(stuck.id).state == .attention)
        #expect(removals(shop, .operator) == 2)
        #expect(try await shop.engine.work(stuck.id).result == .removed)
        #expect((removals(shop, .operator), removals(shop, .removed)) == (2, 1))
        try await shop.close()
    }

    @Test("a dry run is counted as one, and takes no time to revoke")
    func dryRun() async throws {
        let shop = try Workshop(policy: Policy(mode: .dryRun))
        _ = try await shop.work()
        #expect(removals(shop, .dryRun) == 1)
        #expect(shop.metrics.value(EngineInstruments.timeToRevoke) == 0)
        try await shop.close()
    }

    @Test("a key tells when it was last read whole, that it fails, and what of it is unproven")
    func keys() async throws {
        let shop = try Workshop()
        shop.vultr[0].change { $0.usersDoubt = "cut short" }
        _ = try await shop.work("nobody@example.com")
        let read = try #require(shop.metrics.value(DirectoryInstruments.lastReading, ["production"]))
        #expect(abs(read - shop.time.now().timeIntervalSince1970) < 60)
        #expect(shop.metrics.value(DirectoryInstruments.unproven, ["production"]) == 1)
        #expect(shop.metrics.value(DirectoryInstruments.failing, ["production"]) == 0)
        shop.vultr[0].change { state in
            state.usersDoubt = nil
            state.faults["users"] = [VultrError(.operatorNeeded, status: 401, message: "no")]
        }
        _ = try await shop.work("somebody@example.com")
        #expect(shop.metrics.value(DirectoryInstruments.failing, ["production"]) == 1)
        try await shop.close()
    }

    @Test("what is counted of a key that is not configured any more has one fixed word")
    func otherKey() {
        let registry = MetricRegistry([
            MetricFamily(EngineInstruments.timeToRevoke, .histogram(buckets: [1]), ""),
            MetricFamily(EngineInstruments.removals, .counter, "", labels: ["key", "outcome"]),
        ])
        let instruments = EngineInstruments(keys: ["production"], factory: registry)
        for number in 0..<50 {
            instruments.decided([Removal(key: "old-\(number)", membership: nil, outcome: .removed)])
        }
        #expect(registry.value(EngineInstruments.removals, ["unconfigured", "removed"]) == 50)
        let series = registry.text().split(separator: "\n").filter { $0.hasPrefix(EngineInstruments.removals) }
        #expect(series.count == 2 * Removal.Outcome.allCases.count)
        #expect(registry.refused == 0)
    }
}
