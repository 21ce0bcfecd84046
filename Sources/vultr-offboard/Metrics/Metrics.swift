import ArgumentParser
import Foundation
import Intake
import Logging
import Offboarding
import PrometheusText
import VultrAPI

/// The daemon's metrics: the registry, and every module's instruments in it.
struct Metrics: Sendable {
    private let registry: MetricRegistry
    let engine: EngineInstruments
    let directory: DirectoryInstruments
    let notices: NoticeInstruments
    let audit: AuditInstruments
    let vultr: VultrInstruments
    let strangers: StrangerInstruments
    private let shadows: Set<String>
    private let isEnforcing: Bool
    private let targets: [String]

    /// - Parameter registry: what is counted since the process began, whatever the configuration was.
    init(_ configuration: Configuration, in registry: MetricRegistry) {
        self.registry = registry
        let keys = configuration.vultr.keys.map(\.key.name)
        targets = configuration.notifications.map(\.name)
        shadows = configuration.policy.shadows
        isEnforcing = configuration.policy.mode == .enforce
        engine = EngineInstruments(keys: keys, factory: registry)
        directory = DirectoryInstruments(keys: keys, factory: registry)
        notices = NoticeInstruments(targets: targets, factory: registry)
        audit = AuditInstruments(factory: registry)
        vultr = VultrInstruments(factory: registry)
        strangers = StrangerInstruments(factory: registry)
    }

    func intake(_ sender: String) -> IntakeInstruments { IntakeInstruments(sender: sender, factory: registry) }

    /// Everything as it is now. Where the store does not answer, what is counted is there all the same, and
    /// `offboard_store_ready` is 0.
    func text(_ store: any Store, at now: Date, logger: Logger) async -> String {
        let version = VultrOffboard.configuration.version
        var samples =
            ProcessSamples.read() + [
                MetricSample(FigureSamples.build, [version.isEmpty ? "development" : version], 1),
                MetricSample(FigureSamples.enforcing, [], isEnforcing ? 1 : 0),
            ]
        var isReady = await store.isReady()
        do {
            let shadows = shadows
            let figures = try await store.read { try $0.figures(at: now, shadows: shadows) }
            samples += FigureSamples.samples(figures, at: now, isEnforcing: isEnforcing, targets: targets)
        } catch {
            isReady = false
            logger.warning("the store's figures cannot be read", metadata: ["error": "\(error)"])
        }
        samples.append(MetricSample(FigureSamples.ready, [], isReady ? 1 : 0))
        samples.append(MetricSample(FigureSamples.refusedSeries, [], Double(registry.refused)))
        return registry.text(with: samples)
    }
}
