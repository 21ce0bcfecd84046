import Foundation
import Offboarding
import PrometheusText
import Senders
import Testing

@testable import vultr_offboard

@Suite("The metrics that there are")
struct MetricCatalogueTests {
    @Test("every family can be served, is named once and says what it is")
    func families() {
        let families = MetricCatalogue.families
        #expect(families.compactMap(\.problem) == [])
        #expect(Set(families.map(\.name)).count == families.count)
        for family in families { #expect(family.help.hasSuffix("."), "\(family.name)") }
    }

    @Test("every module's instruments are in the catalogue, with the labels that they have")
    func instruments() throws {
        let read = try ConfigurationSamples.read(ConfigurationSamples.minimal)
        let registry = MetricRegistry(MetricCatalogue.families)
        let metrics = Metrics(read, in: registry)
        for sender in read.senders { _ = metrics.intake(sender.sender.name) }
        #expect(registry.refused == 0)
        let text = registry.text()
        for sender in read.senders { #expect(text.contains("sender=\"\(sender.sender.name)\"")) }
        for key in read.vultr.keys { #expect(text.contains("key=\"\(key.key.name)\"")) }
    }

    @Test("a dry run says so, and that nobody keeps access who should not")
    func dryRun() {
        var figures = StoreFigures()
        let now = Date(timeIntervalSince1970: 1_795_536_000)
        figures.unrevokedSince = now - 3_600
        func oldest(_ isEnforcing: Bool) -> Double? {
            FigureSamples.samples(figures, at: now, isEnforcing: isEnforcing, targets: [])
                .first { $0.family == FigureSamples.oldestUnrevoked }?.value
        }
        #expect(oldest(true) == 3_600)
        #expect(oldest(false) == 0)
    }

    @Test("a target without a message that waits is shown as such")
    func targets() {
        var figures = StoreFigures()
        figures.waitingNotices = ["ops": 2]
        let waiting = FigureSamples.samples(figures, at: Date(), isEnforcing: true, targets: ["chat", "ops"])
            .filter { $0.family == FigureSamples.waitingNotices }
        #expect(waiting.map { [$0.labels[0], String(Int($0.value))] } == [["chat", "0"], ["ops", "2"]])
    }
}
