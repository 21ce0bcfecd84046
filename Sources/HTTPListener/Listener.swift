import Glibc
public import Logging
import Synchronization

/// An HTTP/1.1 server on libmicrohttpd that reads whole requests within strict limits.
///
/// ```swift
/// let listener = Listener(settings: settings, router: router, logger: logger)
/// try listener.start()
/// …
/// listener.shutdown()
/// ```
///
/// Requests that libmicrohttpd cannot parse it answers itself (400, 414, 431). Everything else goes to the router, in
/// the order that `RequestRouter` and `Endpoint` describe.
public final class Listener: Sendable {
    private enum Stage {
        case fresh
        case running(Daemon, Reaper, ListenerCore, socket: Int32)
        case stopped
    }

    private let settings: ListenerSettings
    private let router: any RequestRouter
    private let logger: Logger
    /// What it listens on; `nil` opens a socket of its own.
    private let socket: SharedSocket?
    /// Held while starting and stopping, which therefore happen once and in order.
    private let stage = Mutex(Stage.fresh)
    private let boundPort = Atomic<UInt16>(0)

    /// How long a shutdown waits for endpoints to answer. The whole stop may take ten seconds, see `answersLeave`.
    public static let defaultPatience = Duration.seconds(8)
    /// Microseconds after which an accepted connection is surely in the table.
    private static let acceptTakes: UInt32 = 20_000
    /// How long a shutdown then waits for clients to take their answers.
    private static let answersLeave = Duration.seconds(1)

    /// - Parameter socket: a socket that others listen on before and after; `nil` opens one for this listener alone.
    public init(
        settings: ListenerSettings,
        router: any RequestRouter,
        logger: Logger,
        socket: SharedSocket? = nil
    ) {
        self.socket = socket
        self.settings = settings
        self.router = router
        self.logger = logger
    }

    deinit {
        shutdown(patience: .zero)
    }

    /// The port that is listened on once started, 0 before. Differs from the settings' where that is 0.
    public var port: UInt16 { boundPort.load(ordering: .acquiring) }

    /// Opens the socket and starts the threads. A listener starts once.
    ///
    /// - Throws: `ListenerError`, with nothing left open.
    public func start() throws(ListenerError) {
        try settings.validate()
        try DescriptorLimit.provide(for: settings.connections)
        let result = stage.withLock { stage -> Result<Void, ListenerError> in
            guard case .fresh = stage else {
                return .failure(ListenerError(.alreadyStarted, "the listener was started before"))
            }
            do throws(ListenerError) {
                stage = try launch()
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try result.get()
        logger.info(
            "listening",
            metadata: [
                "address": "\(settings.address)", "port": "\(port)", "tls": "\(settings.tls != nil)",
            ]
        )
    }

    private func launch() throws(ListenerError) -> Stage {
        let core = try ListenerCore(settings: settings, router: router, logger: logger)
        let socket: Int32
        let port: UInt16
        if let shared = self.socket {
            (socket, port) = (try ListeningSocket.duplicate(shared.descriptor), shared.port)
        } else {
            (socket, port) = try ListeningSocket.open(address: settings.address, port: settings.port)
        }
        let identity = ListeningSocket.identity(of: socket)
        let daemon: Daemon
        do throws(ListenerError) {
            daemon = try Daemon.start(core: core, socket: socket)
        } catch {
            // On some failures (a certificate it cannot use) the library has closed the socket already, and its number
            // may be somebody else's by now.
            if identity != nil, ListeningSocket.identity(of: socket) == identity { close(socket) }
            throw error
        }
        let reaper = Reaper(core: core)
        do throws(ListenerError) {
            try reaper.start()
        } catch {
            daemon.stop()
            throw error
        }
        boundPort.store(port, ordering: .releasing)
        return .running(daemon, reaper, core, socket: socket)
    }

    /// Stops: new connections are closed, new requests get 503, requests that wait for their endpoint are answered.
    ///
    /// Blocks, for at most `patience` and a second. What an endpoint has not answered by then gets 503. A second call,
    /// and one before `start`, does nothing. Not to be called from an endpoint.
    public func shutdown(patience: Duration = Listener.defaultPatience) {
        let running = stage.withLock { stage in
            let found = stage
            stage = .stopped
            return found
        }
        guard case .running(let daemon, let reaper, let core, let socket) = running else { return }
        // Nobody is refused who can be taken by another listener, and the library closes no socket of another's.
        if self.socket != nil { detach(socket) }
        core.beginDraining()
        Self.wait(atMost: patience) { core.waitingRequests.load(ordering: .acquiring) == 0 }
        core.beginStopping()
        // The library aborts the process when it is stopped with a suspended connection, so none may stay so.
        for connection in core.table.all { connection.refuseIfWaiting() }
        Self.wait(atMost: Self.answersLeave) { core.openExchanges.load(ordering: .acquiring) == 0 }
        reaper.stop()
        daemon.stop()
        logger.info("stopped listening", metadata: ["address": "\(settings.address)"])
    }

    /// Leaves new connections to whoever else listens on the same socket, now or later, and serves those that are here:
    /// each is closed behind its next answer. Then stops.
    ///
    /// Blocks, for at most `patience` and a second. A connection that asks nothing in that time is cut. For a listener with
    /// a socket of its own alone it is ``shutdown(patience:)``.
    public func handOver(patience: Duration = Listener.defaultPatience) {
        let running = stage.withLock { stage -> (ListenerCore, Int32)? in
            guard case .running(_, _, let core, let socket) = stage else { return nil }
            return (core, socket)
        }
        if socket != nil, let (core, descriptor) = running {
            detach(descriptor)
            core.beginLeaving()
            // One that was accepted just before is not in the table yet, so it is looked at twice.
            var wasEmpty = false
            Self.wait(atMost: patience) {
                let isEmpty = core.table.isEmpty
                defer { wasEmpty = isEmpty }
                if isEmpty, !wasEmpty { usleep(Self.acceptTakes) }
                return isEmpty && wasEmpty
            }
        }
        shutdown(patience: socket == nil ? patience : .zero)
    }

    private func detach(_ descriptor: Int32) {
        do throws(ListenerError) {
            try ListeningSocket.detach(descriptor)
        } catch {
            logger.error(
                "connections that are made while the listener stops are closed",
                metadata: ["error": "\(error)"]
            )
        }
    }

    /// Looks every few milliseconds until a condition holds. Good enough for something that happens once a process.
    private static func wait(atMost patience: Duration, until holds: () -> Bool) {
        let end = MonotonicClock.now() &+ patience.boundedNanoseconds
        while !holds(), MonotonicClock.now() < end {
            usleep(2_000)
        }
    }
}
