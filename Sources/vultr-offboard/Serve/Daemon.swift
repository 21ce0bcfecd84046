import Console
import Foundation
import HTTPListener
import Intake
import Logging
import Offboarding
import Senders
import ServiceLifecycle
import Storage
import UnixSignals

/// The composition root of `serve`.
struct Daemon: Sendable {
    let configuration: Configuration
    let time: any TimeSource
    let logger: Logger

    /// What the names of daemons among the workers begin with.
    static let workerPrefix = "daemon:"

    /// Serves until a signal ends it.
    ///
    /// - Throws: `StoreError` before anything listens; ``CommandFailure`` where the listener cannot start;
    ///   `ReadingsLeftBehind` after a shutdown in good order.
    func run() async throws {
        let store = try SQLiteStore.open(configuration, role: .daemon, time: time)
        do {
            try await run(on: store)
        } catch {
            do {
                try await store.close()
            } catch {
                logger.error("the store could not be closed", metadata: ["error": "\(error)"])
            }
            throw error
        }
    }

    private func run(on store: SQLiteStore) async throws {
        let worker =
            "\(Self.workerPrefix)\(ProcessInfo.processInfo.processIdentifier):\(UInt32.random(in: 0...UInt32.max))"
        // The store has one daemon at a time, so every other one's leases are a dead one's.
        let now = time.now()
        let freed = try await store.write { try $0.releaseLeases(ownedByPrefix: Self.workerPrefix, now: now) }
        for loss in try await store.write({ try LossReport(session: $0, now: now).tell() }) {
            logger.error(
                "a part of the store is missing",
                metadata: [
                    "deliveries": "\(loss.deliveries)", "pages": "\(loss.pages)", "consistent": "\(loss.isConsistent)",
                    "reason": "\(loss)",
                ]
            )
        }
        if freed > 0 { logger.notice("cases of a dead daemon are taken up", metadata: ["cases": "\(freed)"]) }

        try await ConfigurationRecord(configuration, process: "serve").note(in: store, always: true)
        let checkpoints = CheckpointTeller(store: store, time: time, logger: logger)

        let machinery = try Machinery(
            configuration,
            store: store,
            worker: worker,
            time: time,
            logger: logger,
            interpreter: SenderInterpreter(configuration.senders.map(\.sender)),
            mark: try ReadingMarkFile(store: store.path)
        )
        let outbound = OutboundWork(configuration, store: store, time: time, logger: logger)
        do {
            let listener = Listener(settings: configuration.listen, router: try router(store), logger: logger)
            let console = try self.console(store, machinery)
            let keySets = KeySetService(configuration.senders, time: time, logger: logger)
            await keySets.readFiles()
            try start(listener)
            let address = ListenerAddress(configuration.listen, port: listener.port)
            let heartbeat = HeartbeatService(
                store: store,
                worker: worker,
                listener: address.url,
                time: time,
                logger: logger
            )
            try await heartbeat.beat()
            try await warn(store)
            try start(console)
            let ready: @Sendable () -> Void = { [configuration, logger] in
                logger.info(
                    "ready",
                    metadata: [
                        "address": "\(configuration.listen.address)", "port": "\(listener.port)",
                        "url": "\(address.url)", "console": "\(console.url ?? "not yet")",
                        "mode": "\(configuration.policy.mode.rawValue)", "keys": "\(configuration.vultr.keys.count)",
                        "senders": "\(configuration.senders.map(\.sender.name).joined(separator: ","))",
                        "store": "\(configuration.storage.sqlite)",
                    ]
                )
            }
            try await serve(
                store,
                machinery,
                outbound,
                checkpoints,
                ListenerService(listener: listener, ready: ready),
                console,
                heartbeat,
                keySets
            )
        } catch {
            await machinery.shutdown()
            await outbound.shutdown()
            throw error
        }
    }

    /// Runs everything; at a shutdown the services end one after the other, the last one first.
    private func serve(
        _ store: SQLiteStore,
        _ machinery: Machinery,
        _ outbound: OutboundWork,
        _ checkpoints: CheckpointTeller,
        _ listener: ListenerService,
        _ console: ConsoleService,
        _ heartbeat: HeartbeatService,
        _ keySets: KeySetService
    ) async throws {
        var groupLogger = logger
        // Its own lines tell nothing that ours do not.
        groupLogger.logLevel = .error
        let janitor = Janitor(store: store, policy: configuration.retention, time: time, logger: logger)
        let closing: [any Service] = [
            ClosingService {
                await checkpoints.tell()
                try await store.close()
            },
            ClosingService { await machinery.shutdown() },
            ClosingService { await outbound.shutdown() },
        ]
        let working: [any Service] = [
            WorkerService { await machinery.sweeper.run() },
            WorkerService { await janitor.run() },
            WorkerService { await checkpoints.run() },
            EngineService(engine: machinery.engine, logger: logger, cut: { await machinery.shutdown() }),
            heartbeat,
            keySets,
            console,
            listener,
            ShutdownDeadline(logger: logger),
        ]
        let services = closing + outbound.services + working
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services.map {
                    ServiceGroupConfiguration.ServiceConfiguration(
                        service: $0,
                        successTerminationBehavior: .gracefullyShutdownGroup,
                        failureTerminationBehavior: .gracefullyShutdownGroup
                    )
                },
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: groupLogger
            )
        )
        try await group.run()
        logger.info("stopped")
    }

    private func router(_ store: SQLiteStore) throws -> any RequestRouter {
        let tokens = TokenFolder(URL(fileURLWithPath: configuration.storage.sqlite).deletingLastPathComponent().path)
        return WebhookRouter(
            endpoints: try configuration.senders.compactMap { configured in
                guard let authenticator = configured.authenticator else { return nil }
                return try WebhookEndpoint(
                    sender: configured.sender,
                    authenticator: authenticator,
                    store: store,
                    replayMemory: configuration.retention.cases,
                    time: time,
                    tokens: tokens,
                    logger: logger
                )
            },
            others: HealthRouter(store: store)
        )
    }

    private func console(_ store: SQLiteStore, _ machinery: Machinery) throws -> ConsoleService {
        let parts = ConsoleParts(
            store: store,
            time: time,
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
            logger: logger
        )
        let access = ConsoleAccess(
            hosts: configuration.console.hosts,
            tokens: try ConsoleTokens(configuration: configuration, logger: logger).read()
        )
        return ConsoleService(
            settings: configuration.console.listen,
            router: try ConsoleRouter(parts, access: access),
            time: time,
            logger: logger
        )
    }

    private func start(_ console: ConsoleService) throws {
        do {
            try console.start()
        } catch {
            throw CommandFailure(.configuration, "the console cannot start: \(error)")
        }
    }

    private func start(_ listener: Listener) throws {
        do {
            try listener.start()
        } catch {
            let isConfigured = [.invalidSettings, .addressUnusable, .tlsUnusable].contains(error.code)
            throw CommandFailure(isConfigured ? .configuration : .unavailable, "the listener cannot start: \(error)")
        }
    }

    /// What an operator should know from the start.
    private func warn(_ store: SQLiteStore) async throws {
        for warning in configuration.senders.flatMap({ $0.authenticator?.warnings ?? [] }) {
            logger.warning("\(warning)")
        }
        guard configuration.policy.mode == .enforce else {
            logger.notice("policy.mode is dry_run: nobody is removed")
            return
        }
        let dryRuns = try await CaseDesk(store: store, time: time, policy: configuration.policy).finishedDryRuns()
        guard !dryRuns.isEmpty else { return }
        logger.warning(
            "cases were done as dry runs; retry --dry-run-cases runs them for real",
            metadata: [
                "count": "\(dryRuns.count)", "cases": "\(dryRuns.prefix(20).map(\.text).joined(separator: ","))",
            ]
        )
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
