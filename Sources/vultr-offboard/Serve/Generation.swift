import Console
import Foundation
import HTTPListener
import Intake
import Logging
import Offboarding
import PrometheusText
import Senders
import ServiceLifecycle
import Storage
import Synchronization

/// The composition root: everything that is made of one configuration. It listens from its beginning, and works from
/// ``run()`` on; a reload begins the next one before it ends this one, so that no webhook meets a closed door.
final class Generation: Sendable {
    /// What outlives a generation.
    struct Shared: Sendable {
        let store: any Store
        let sockets: ListenSockets
        /// Who is signed in stays so.
        let sessions: Sessions
        /// Counting goes on.
        let registry: MetricRegistry
        let time: any TimeSource
        let manager: ServiceManager
    }

    let number: Int
    let configuration: Configuration
    let logger: Logger
    private let shared: Shared
    private let metrics: Metrics
    private let machinery: Machinery
    private let outbound: OutboundWork
    private let listener: Listener
    private let socket: ListenSockets.Opened
    private let console: ConsoleService
    /// The console once more, for a reverse proxy.
    private let proxied: ConsoleService?
    private let keySets: KeySetService
    private let heartbeat: HeartbeatService
    private let group = Mutex<ServiceGroup?>(nil)
    /// Whether another generation listens already.
    private let isSucceeded = Atomic<Bool>(false)

    /// Makes a generation and has it listen.
    ///
    /// - Parameter before: the one that it takes over from.
    /// - Throws: ``CommandFailure``, `StoreError`, and whatever a part cannot begin with; nothing listens then that did
    ///   not before.
    static func begin(
        _ configuration: Configuration,
        after before: Generation?,
        _ shared: Shared
    ) async throws -> Generation {
        let worker = Node.worker(Heartbeat.daemonPrefix)
        let logger = Daemon.logger(configuration.log)
        let metrics = Metrics(configuration, in: shared.registry)
        let machinery = try Machinery(
            configuration,
            store: shared.store,
            worker: worker,
            time: shared.time,
            metrics: metrics,
            logger: logger,
            interpreter: SenderInterpreter(configuration.senders.map(\.sender)),
            mark: try ReadingMarkFile(store: configuration.storage.filePrefix)
        )
        let outbound = OutboundWork(
            configuration,
            store: shared.store,
            time: shared.time,
            metrics: metrics,
            logger: logger
        )
        let generation: Generation
        do {
            generation = try Generation(
                configuration,
                after: before,
                shared,
                worker,
                metrics,
                machinery,
                outbound,
                logger
            )
        } catch {
            await machinery.shutdown()
            await outbound.shutdown()
            throw error
        }
        do {
            try await generation.begin(isFirst: before == nil)
        } catch {
            await generation.abandon()
            throw error
        }
        return generation
    }

    private init(
        _ configuration: Configuration,
        after before: Generation?,
        _ shared: Shared,
        _ worker: String,
        _ metrics: Metrics,
        _ machinery: Machinery,
        _ outbound: OutboundWork,
        _ logger: Logger
    ) throws {
        number = (before?.number ?? 0) + 1
        self.configuration = configuration
        self.shared = shared
        self.metrics = metrics
        self.machinery = machinery
        self.outbound = outbound
        self.logger = logger
        do {
            socket = try shared.sockets.socket(for: .webhooks, configuration.listen, after: before?.socket)
        } catch {
            throw Self.failure(error)
        }
        let parts = Parts(configuration: configuration, shared: shared, metrics: metrics, logger: logger)
        listener = Listener(
            settings: configuration.listen,
            router: try parts.router(),
            logger: logger,
            socket: socket.socket
        )
        console = ConsoleService(
            place: .console,
            settings: configuration.console.listen,
            router: try parts.consoleRouter(machinery, for: nil),
            sockets: shared.sockets,
            after: before?.console,
            time: shared.time,
            logger: logger
        )
        proxied = try configuration.console.listenForProxy.map { settings in
            ConsoleService(
                place: .consoleProxy,
                settings: settings,
                router: try parts.consoleRouter(machinery, for: configuration.console.proxy),
                sockets: shared.sockets,
                after: before?.proxied,
                time: shared.time,
                logger: logger
            )
        }
        keySets = KeySetService(configuration.senders, time: shared.time, logger: logger)
        heartbeat = HeartbeatService(
            store: shared.store,
            worker: worker,
            listener: ListenerAddress(configuration.listen, port: socket.socket.port).url,
            connection: machinery.connection,
            time: shared.time,
            logger: logger
        )
    }

    private func begin(isFirst: Bool) async throws {
        await keySets.readFiles()
        do {
            try listener.start()
        } catch {
            throw Self.failure(error)
        }
        try await heartbeat.join()
        try await warn()
        do {
            try console.start()
            try proxied?.start()
        } catch {
            throw CommandFailure(.configuration, "the console cannot start: \(error)")
        }
        try await ConfigurationRecord(configuration, process: "serve").note(in: shared.store, always: isFirst)
    }

    private static func failure(_ error: ListenerError) -> CommandFailure {
        let isConfigured = [.invalidSettings, .addressUnusable, .tlsUnusable].contains(error.code)
        return CommandFailure(isConfigured ? .configuration : .unavailable, "the listener cannot start: \(error)")
    }

    /// Lets go of everything, for one that never ran.
    func abandon() async {
        listener.shutdown(patience: .zero)
        console.abandon()
        proxied?.abandon()
        await machinery.shutdown()
        await outbound.shutdown()
    }

    /// Begins to end it; ``run()`` returns when that is done.
    ///
    /// - Parameter isSucceeded: whether another generation listens already.
    func stop(isSucceeded: Bool) async {
        self.isSucceeded.store(isSucceeded, ordering: .releasing)
        await group.withLock { $0 }?.triggerGracefulShutdown()
    }

    private var consoles: [ConsoleService] { [console, proxied].compactMap(\.self) }

    /// Whether somebody else takes the connections that are made from now on.
    private func isHandedOver(_ place: ListenSockets.Place) -> Bool {
        isSucceeded.load(ordering: .acquiring) || shared.sockets.isGiven(place)
    }

    /// Runs everything until ``stop(isSucceeded:)``; then the services end one after the other, the last one first.
    func run() async throws {
        var groupLogger = logger
        // Its own lines tell nothing that ours do not.
        groupLogger.logLevel = .error
        let store = shared.store
        let janitor = Janitor(store: store, policy: configuration.retention, time: shared.time, logger: logger)
        let checkpoints = CheckpointTeller(
            store: store,
            time: shared.time,
            instruments: metrics.audit,
            logger: logger
        )
        let digests = DigestTeller(
            store: store,
            policy: configuration.policy,
            time: shared.time,
            logger: logger
        )
        let deadlines = DeadlineTeller(
            store: store,
            policy: configuration.policy,
            time: shared.time,
            logger: logger
        )
        let (machinery, outbound) = (machinery, outbound)
        let closing: [any Service] = [
            ClosingService { await machinery.shutdown() },
            ClosingService { await outbound.shutdown() },
        ]
        let working: [any Service] = [
            WorkerService { await machinery.sweeper.run() },
            WorkerService { await janitor.run() },
            WorkerService { await checkpoints.run() },
            WorkerService { await digests.run() },
            WorkerService { await deadlines.run() },
            EngineService(engine: machinery.engine, logger: logger, cut: { await machinery.shutdown() }),
            heartbeat,
            keySets,
            ListenerService(
                stop: { [listener, socket] in
                    Self.stop(listener, socket, isHandedOver: self.isHandedOver(.webhooks))
                    for one in self.consoles { one.stop(isHandedOver: self.isHandedOver(one.place)) }
                },
                consoles: consoles,
                ready: { self.tellReady() }
            ),
        ]
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: (closing + outbound.services + working).map {
                    ServiceGroupConfiguration.ServiceConfiguration(
                        service: $0,
                        successTerminationBehavior: .gracefullyShutdownGroup,
                        failureTerminationBehavior: .gracefullyShutdownGroup
                    )
                },
                logger: groupLogger
            )
        )
        self.group.withLock { $0 = group }
        // Its services hold this generation, and with it sockets that nobody listens on any more.
        defer { self.group.withLock { $0 = nil } }
        try await group.run()
    }

    /// How long requests that wait may take to be stored. A commit takes milliseconds; a disk that takes seconds is in
    /// trouble, and a sender that gets 503 tries again.
    private static let patience = Duration.seconds(3)

    private static func stop(_ listener: Listener, _ opened: ListenSockets.Opened, isHandedOver: Bool) {
        if isHandedOver {
            listener.handOver(patience: patience)
        } else {
            // Nobody comes after us: whoever connects now is to know it at once.
            opened.socket.close()
            listener.shutdown(patience: patience)
        }
    }

    private func tellReady() {
        let url = ListenerAddress(configuration.listen, port: listener.port).url
        logger.info(
            "ready",
            metadata: [
                "address": "\(configuration.listen.address)", "port": "\(listener.port)",
                "url": "\(url)", "console": "\(console.url ?? "not yet")",
                "mode": "\(configuration.policy.mode.rawValue)", "keys": "\(configuration.vultr.keys.count)",
                "senders": "\(configuration.senders.map(\.sender.name).joined(separator: ","))",
                "store": "\(configuration.storage)", "node": "\(Node.name)",
            ]
        )
        shared.manager.ready()
        shared.manager.status("takes webhooks on \(url)")
    }

    /// What an operator should know from the start.
    private func warn() async throws {
        for warning in configuration.senders.flatMap({ $0.authenticator?.warnings ?? [] }) {
            logger.warning("\(warning)")
        }
        guard configuration.policy.mode == .enforce else {
            logger.notice("policy.mode is dry_run: nobody is removed")
            return
        }
        let desk = CaseDesk(store: shared.store, time: shared.time, policy: configuration.policy)
        let dryRuns = try await desk.finishedDryRuns()
        guard !dryRuns.isEmpty else { return }
        logger.warning(
            "cases were done as dry runs; retry --dry-run-cases runs them for real",
            metadata: [
                "count": "\(dryRuns.count)", "cases": "\(dryRuns.prefix(20).map(\.text).joined(separator: ","))",
            ]
        )
    }
}

/// What answers requests, made of a configuration.
private struct Parts {
    let configuration: Configuration
    let shared: Generation.Shared
    let metrics: Metrics
    let logger: Logger

    func router() throws -> any RequestRouter {
        let tokens = TokenFolder(configuration.storage.folder)
        return WebhookRouter(
            endpoints: try configuration.senders.compactMap { configured in
                guard let authenticator = configured.authenticator else { return nil }
                return try WebhookEndpoint(
                    sender: configured.sender,
                    authenticator: authenticator,
                    store: shared.store,
                    replayMemory: configuration.retention.cases,
                    time: shared.time,
                    tokens: tokens,
                    instruments: metrics.intake(configured.sender.name),
                    logger: logger
                )
            },
            others: HealthRouter(store: shared.store, node: Node.name),
            strangers: metrics.strangers
        )
    }

    func consoleRouter(_ machinery: Machinery, for proxy: ConsoleSettings.Proxy?) throws -> any RequestRouter {
        let parts = ConsoleParts(
            store: shared.store,
            node: Node.name,
            time: shared.time,
            policy: configuration.policy,
            senders: configuration.senders.map { configured in
                ConsoleParts.Sender(
                    name: configured.sender.name,
                    preset: configured.sender.preset,
                    mode: configuration.policy.mode == .dryRun ? .dryRun : configured.policy.mode ?? .enforce
                )
            },
            keys: { await machinery.directory.latestReadings() },
            sha256: AuditDigest.sha256,
            signed: AuditDigest.signed,
            metrics: MetricsEndpoint { [metrics, shared, logger] in
                await metrics.text(shared.store, at: shared.time.now(), logger: logger)
            },
            logger: logger
        )
        let access = ConsoleAccess(
            hosts: configuration.console.hosts,
            tokens: try ConsoleTokens(configuration: configuration, logger: logger).read(),
            sessions: shared.sessions,
            proxy: proxy.map { ProxyUsers(header: $0.header, operators: $0.operators, viewers: $0.viewers) }
        )
        return try ConsoleRouter(parts, access: access)
    }
}

/// Where a listener is reached from the same machine.
struct ListenerAddress: Sendable, Equatable {
    let url: String

    init(_ settings: ListenerSettings, port: UInt16) {
        let host =
            switch settings.address {
            case "0.0.0.0": "127.0.0.1"
            case "::": "[::1]"
            case let address where address.contains(":"): "[\(address)]"
            default: settings.address
            }
        url = "\(settings.tls == nil ? "http" : "https")://\(host):\(port)"
    }
}
