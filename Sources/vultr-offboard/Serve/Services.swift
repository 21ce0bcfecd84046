import Foundation
import Logging
import Offboarding
import ServiceLifecycle
import Synchronization
import VultrAPI

/// Ends with the group; what it holds is let go of after everything that stands in front of it.
struct ClosingService: Service {
    let close: @Sendable () async throws -> Void

    func run() async throws {
        do {
            try await gracefulShutdown()
        } catch is CancellationError {
            // The group fails elsewhere; what is open is closed all the same.
        }
        try await close()
    }
}

/// Reads deliveries and works cases until shutdown; begins one itself where readings do not end.
struct EngineService: Service {
    let engine: Engine
    let logger: Logger
    /// Cuts the calls to Vultr that are under way.
    let cut: @Sendable () async -> Void

    /// How long readings that are under way may take after a shutdown began, in seconds. They are shared by cases, so
    /// that ending one case does not end them.
    private static let patience: TimeInterval = 3

    func run() async throws {
        let cutting = Mutex<Task<Void, Never>?>(nil)
        defer { cutting.withLock { $0 }?.cancel() }
        try await withGracefulShutdownHandler {
            do {
                try await cancelWhenGracefulShutdown { try await engine.run() }
            } catch {
                logger.critical("the engine ended, so the daemon ends", metadata: ["error": "\(error)"])
                throw error
            }
        } onGracefulShutdown: {
            let task = Task {
                do { try await Task.sleep(for: .seconds(Self.patience)) } catch { return }
                logger.notice("calls to Vultr are cut; what they did is found out at the next start")
                await cut()
            }
            cutting.withLock { $0 = task }
        }
    }
}

/// Serves webhooks and the console until shutdown, and then answers whoever waits.
struct ListenerService: Service {
    /// Ends the listeners; blocks until they have.
    let stop: @Sendable () -> Void
    let consoles: [ConsoleService]
    /// Says that the daemon is ready.
    let ready: @Sendable () -> Void

    func run() async throws {
        ready()
        await cancelWhenGracefulShutdown {
            await withTaskGroup { group in
                for console in consoles { group.addTask { await console.keepTrying() } }
            }
        }
        do {
            try await gracefulShutdown()
        } catch is CancellationError {
            // The group fails elsewhere; whoever waits is answered all the same.
        }
        let stop = stop
        // It blocks, so not on a thread that the answers need.
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                stop()
                continuation.resume()
            }
        }
    }
}

/// Tells commands that a daemon is alive, and where it listens.
struct HeartbeatService: Service {
    let store: any Store
    let worker: String
    let listener: String
    /// Has its rate divided among the daemons that share the store.
    let connection: VultrConnection
    let time: any TimeSource
    let logger: Logger

    /// Seconds between heartbeats; commands believe a daemon dead after five of them.
    static let interval: TimeInterval = 2

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var census = NodeCensus()
            while !Task.isCancelled {
                do { try await time.sleep(seconds: Self.interval) } catch { break }
                await beatOrWarn(&census)
            }
        }
        do {
            try await store.write { [worker] in try $0.removeHeartbeat(of: worker) }
        } catch {
            logger.warning("the heartbeat stays behind for some seconds", metadata: ["error": "\(error)"])
        }
    }

    /// Writes one heartbeat.
    ///
    /// - Throws: `StoreError`.
    func beat() async throws {
        let heartbeat = Heartbeat(worker: worker, at: time.now(), listener: listener)
        try await store.write { try $0.beat(heartbeat) }
    }

    /// Writes the first heartbeat. Where others live, nothing is asked of Vultr before they have heard of it: until then
    /// they have its part of the rate.
    ///
    /// - Throws: `StoreError`.
    func join() async throws {
        try await beat()
        guard store.isShared else { return }
        let now = time.now()
        let heartbeats = try await store.read { try $0.heartbeats() }
        let others = heartbeats.filter {
            $0.isOfLivingDaemon(at: now) && !$0.isOfSameProcess(as: worker)
        }
        if !others.isEmpty { connection.pause(seconds: 2 * Self.interval) }
    }

    private func beatOrWarn(_ census: inout NodeCensus) async {
        do {
            try await beat()
            guard store.isShared else { return }
            let heartbeats = try await store.read { try $0.heartbeats() }
            connection.share(among: census.count(heartbeats, at: time.instant()))
        } catch {
            logger.warning("the heartbeat cannot be written", metadata: ["error": "\(error)"])
        }
    }
}

/// Ends the process when a shutdown takes too long. Everything acknowledged is on disk, so nothing is lost by it.
struct ShutdownDeadline: Sendable {
    let logger: Logger

    /// Supervisors are promised ten seconds.
    private static let longest = Duration.milliseconds(9_300)

    func begin() {
        let logger = logger
        Task.detached {
            do { try await Task.sleep(for: Self.longest) } catch { return }
            logger.warning("the shutdown took too long; the next start takes up what was under way")
            _exit(CommandStatus.done.rawValue)
        }
    }
}
