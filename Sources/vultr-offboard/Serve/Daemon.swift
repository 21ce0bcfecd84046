import Console
import Foundation
import Logging
import Offboarding
import PrometheusText
import Storage
import UnixSignals

/// `serve`: one store, and one generation of everything else for each configuration that it was given.
///
/// SIGHUP begins a new generation from the configuration as it is now. Where that cannot be used, the old one goes on.
/// SIGTERM and SIGINT end the daemon.
struct Daemon: Sendable {
    let configuration: Configuration
    let time: any TimeSource
    let logger: Logger
    /// What is counted since the process began.
    private let registry = MetricRegistry(MetricCatalogue.families)

    init(configuration: Configuration, time: any TimeSource, logger: Logger) {
        self.configuration = configuration
        self.time = time
        self.logger = logger
    }

    private enum Event: Sendable {
        case signal(UnixSignal)
        /// A generation ended by itself.
        case ended(Int, (any Error)?)
    }

    /// What everything writes to, by the configuration.
    static func logger(_ settings: LogSettings) -> Logger {
        var logger = Logger(label: "vultr-offboard") { _ in
            var handler = LineLogHandler(format: settings.format)
            handler.metadataProvider = WorkContext.metadata
            return handler
        }
        logger.logLevel = settings.level
        return logger
    }

    /// Serves until a signal ends it.
    ///
    /// - Throws: `StoreError` before anything listens; ``CommandFailure`` where the listener cannot start;
    ///   `ReadingsLeftBehind` after a shutdown in good order.
    func run() async throws {
        let sockets = try ListenSockets.given()
        let store = try configuration.openStore(
            as: .daemon,
            time: time,
            instruments: StorageInstruments(factory: registry)
        )
        for warning in (store as? PostgreSQLStore)?.warnings ?? [] { logger.warning("\(warning)") }
        do {
            try await run(on: store, sockets)
        } catch {
            do {
                try await store.close()
            } catch {
                logger.error("the store could not be closed", metadata: ["error": "\(error)"])
            }
            throw error
        }
        await CheckpointTeller(
            store: store,
            time: time,
            instruments: AuditInstruments(factory: registry),
            logger: logger
        ).tell()
        try await store.close()
        logger.info("stopped")
    }

    private func run(on store: any Store, _ sockets: ListenSockets) async throws {
        try await takeUp(store)
        let manager = ServiceManager(logger: logger)
        let shared = Generation.Shared(
            store: store,
            sockets: sockets,
            sessions: Sessions(time: time),
            registry: registry,
            time: time,
            manager: manager
        )
        var current = try await Generation.begin(configuration, after: nil, shared)
        let (events, event) = AsyncStream.makeStream(of: Event.self)
        // From here on signals end it in good order; it is called ready when they do.
        let signals = await UnixSignalsSequence(trapping: .sighup, .sigterm, .sigint)
        let listening = Task {
            for await signal in signals {
                if signal != .sighup { ShutdownDeadline(logger: logger).begin() }
                event.yield(.signal(signal))
            }
        }
        defer { listening.cancel() }
        func start(_ generation: Generation) -> Task<Void, any Error> {
            Task {
                do {
                    try await generation.run()
                } catch {
                    event.yield(.ended(generation.number, error))
                    throw error
                }
                event.yield(.ended(generation.number, nil))
            }
        }
        var running = start(current)
        let code = Task { [time, logger] in await MappedCode(time: time, logger: logger).release() }
        defer { code.cancel() }
        for await happened in events {
            switch happened {
            case .signal(.sighup):
                manager.reloading()
                if let next = await reload(current, shared) {
                    await current.stop(isSucceeded: true)
                    do {
                        try await running.value
                    } catch {
                        await next.abandon()
                        throw error
                    }
                    current = next
                    running = start(current)
                } else {
                    manager.ready()
                }
            case .signal:
                manager.stopping()
                await current.stop(isSucceeded: false)
                return try await running.value
            case .ended(let number, let error):
                // One that another took over from has ended as it should.
                guard number == current.number else { continue }
                if let error { throw error }
                return
            }
        }
    }

    /// Takes up what a daemon before this one left, and tells what is missing.
    private func takeUp(_ store: any Store) async throws {
        let now = time.now()
        // A store that has one daemon at a time has no other leases than a dead one's.
        let isShared = store.isShared
        let freed = try await store.write { session in
            isShared ? 0 : try session.releaseLeases(ownedByPrefix: Heartbeat.daemonPrefix, now: now)
        }
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
    }

    /// Reads the configuration anew and begins the next generation, which listens from then on.
    ///
    /// - Returns: `nil` where it cannot be used; everything stays as it is then.
    private func reload(_ current: Generation, _ shared: Generation.Shared) async -> Generation? {
        let logger = current.logger
        do {
            let read = try Configuration.load(file: configuration.file, needs: .everything)
            guard read.storage == current.configuration.storage else {
                throw CommandFailure(.configuration, "storage cannot change while the daemon runs: restart it")
            }
            let next = try await Generation.begin(read, after: current, shared)
            logger.notice("the configuration was read anew", metadata: ["digest": "\(read.digest.prefix(16))"])
            return next
        } catch {
            let failure = CommandFailure(error)
            for problem in failure.message.split(separator: "\n") {
                logger.error(
                    "the configuration was not read anew; the last good one stays",
                    metadata: ["problem": "\(problem)"]
                )
            }
            shared.manager.status("the configuration was not read anew; the last good one stays, see the log")
            return nil
        }
    }
}
