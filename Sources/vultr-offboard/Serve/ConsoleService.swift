import Console
import Foundation
import HTTPListener
import Logging
import Offboarding
import ServiceLifecycle
import Synchronization

/// Serves the console until shutdown. Where its port is taken it is tried again: webhooks are taken meanwhile, since a
/// departure that is not taken is worse than a page that is not shown.
final class ConsoleService: Service {
    private enum Stage {
        case waiting
        case listening(Listener)
        case stopped
    }

    private let settings: ListenerSettings
    private let router: any RequestRouter
    private let logger: Logger
    private let time: any TimeSource
    private let stage = Mutex(Stage.waiting)

    /// Seconds between two tries.
    private static let pause: TimeInterval = 5
    /// Nobody's page takes longer.
    private static let patience = Duration.seconds(1)

    init(settings: ListenerSettings, router: any RequestRouter, time: any TimeSource, logger: Logger) {
        self.settings = settings
        self.router = router
        self.time = time
        self.logger = logger
    }

    /// Where it listens; `nil` while it does not.
    var url: String? {
        stage.withLock { stage in
            guard case .listening(let listener) = stage else { return nil }
            return ListenerAddress(settings, port: listener.port).url
        }
    }

    /// Tries to listen.
    ///
    /// - Returns: whether it does.
    /// - Throws: `ListenerError` where no further try can help.
    @discardableResult
    func start() throws -> Bool {
        let listener = Listener(settings: settings, router: router, logger: logger)
        do {
            try listener.start()
        } catch {
            guard error.code == .addressInUse else { throw error }
            return false
        }
        let isTooLate = stage.withLock { stage in
            if case .stopped = stage { return true }
            stage = .listening(listener)
            return false
        }
        if isTooLate { listener.shutdown(patience: .zero) }
        return !isTooLate
    }

    func run() async throws {
        if url == nil {
            logger.error(
                "the console cannot listen, because its port is taken; webhooks are taken, and it is tried again",
                metadata: ["address": "\(settings.address)", "port": "\(settings.port)"]
            )
            await cancelWhenGracefulShutdown {
                while !Task.isCancelled {
                    do {
                        try await self.time.sleep(seconds: Self.pause)
                        if try self.start() { return }
                    } catch is CancellationError {
                        return
                    } catch {
                        self.logger.error("the console cannot listen", metadata: ["error": "\(error)"])
                    }
                }
            }
        }
        do {
            try await gracefulShutdown()
        } catch is CancellationError {
            // The group fails elsewhere; whoever waits is answered all the same.
        }
        let listener = stage.withLock { stage -> Listener? in
            defer { stage = .stopped }
            if case .listening(let listener) = stage { return listener }
            return nil
        }
        guard let listener else { return }
        // It blocks, so not on a thread that the answers need.
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                listener.shutdown(patience: Self.patience)
                continuation.resume()
            }
        }
    }
}
