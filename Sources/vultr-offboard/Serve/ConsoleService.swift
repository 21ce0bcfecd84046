import Console
import Foundation
import HTTPListener
import Logging
import Offboarding
import ServiceLifecycle
import Synchronization

/// Serves the console until shutdown. Where its port is taken it is tried again: webhooks are taken meanwhile, since a
/// departure that is not taken is worse than a page that is not shown.
final class ConsoleService: Sendable {
    private enum Stage {
        case waiting
        case listening(Listener, ListenSockets.Opened)
        case stopped
    }

    let place: ListenSockets.Place
    private let settings: ListenerSettings
    private let router: any RequestRouter
    private let sockets: ListenSockets
    private let before: ListenSockets.Opened?
    private let logger: Logger
    private let time: any TimeSource
    private let stage = Mutex(Stage.waiting)

    /// Seconds between two tries.
    private static let pause: TimeInterval = 5
    /// Nobody's page takes longer.
    private static let patience = Duration.seconds(1)

    /// - Parameter place: for whom it listens.
    init(
        place: ListenSockets.Place,
        settings: ListenerSettings,
        router: any RequestRouter,
        sockets: ListenSockets,
        after before: ConsoleService?,
        time: any TimeSource,
        logger: Logger
    ) {
        self.place = place
        self.settings = settings
        self.router = router
        self.sockets = sockets
        self.before = before?.opened
        self.time = time
        self.logger = logger
    }

    private var opened: ListenSockets.Opened? {
        stage.withLock { stage in
            if case .listening(_, let opened) = stage { opened } else { nil }
        }
    }

    /// Where it listens; `nil` while it does not.
    var url: String? { opened.map { ListenerAddress(settings, port: $0.socket.port).url } }

    /// Tries to listen.
    ///
    /// - Returns: whether it does.
    /// - Throws: `ListenerError` where no further try can help.
    @discardableResult
    func start() throws(ListenerError) -> Bool {
        let opened: ListenSockets.Opened
        do throws(ListenerError) {
            opened = try sockets.socket(for: place, settings, after: before)
        } catch {
            guard error.code == .addressInUse else { throw error }
            return false
        }
        let listener = Listener(settings: settings, router: router, logger: logger, socket: opened.socket)
        try listener.start()
        let isTooLate = stage.withLock { stage in
            if case .stopped = stage { return true }
            stage = .listening(listener, opened)
            return false
        }
        if isTooLate { listener.shutdown(patience: .zero) }
        return !isTooLate
    }

    /// Tries again until it listens, or until it is cancelled.
    func keepTrying() async {
        guard opened == nil else { return }
        logger.error(
            "the console cannot listen, because its address is taken; webhooks are taken, and it is tried again",
            metadata: ["address": "\(settings.address)", "port": "\(settings.port)"]
        )
        while !Task.isCancelled {
            do { try await time.sleep(seconds: Self.pause) } catch { return }
            do {
                if try start() { return }
            } catch {
                logger.error("the console cannot listen", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Lets go of the port at once, for one that never ran.
    func abandon() { end { $0.shutdown(patience: .zero) } }

    /// Ends it; blocks for as long as pages that are asked for take.
    func stop(isHandedOver: Bool) {
        end { listener in
            if isHandedOver {
                listener.handOver(patience: Self.patience)
            } else {
                listener.shutdown(patience: Self.patience)
            }
        }
    }

    private func end(_ stop: (Listener) -> Void) {
        let listener = stage.withLock { stage -> Listener? in
            defer { stage = .stopped }
            if case .listening(let listener, _) = stage { return listener }
            return nil
        }
        if let listener { stop(listener) }
    }
}
