import Logging
import Synchronization

/// What a listener's connections, threads and responders share.
final class ListenerCore: Sendable {
    /// The limits in the units that are compared with.
    struct Limits: Sendable {
        let headDeadline: UInt64
        let bodyDeadline: UInt64
        let answerDeadline: UInt64
        let maxBodyBytes: Int
        /// What a chunked body takes of the budget at first: the size of most webhooks, so that most take once.
        let smallestReservation = 4096

        init(_ settings: ListenerSettings) {
            headDeadline = settings.headDeadline.boundedNanoseconds
            bodyDeadline = settings.bodyDeadline.boundedNanoseconds
            answerDeadline = settings.answerDeadline.boundedNanoseconds
            maxBodyBytes = settings.maxBodyBytes
        }

        /// No deadline set from now on can come earlier than this from now.
        var shortestDeadline: UInt64 { min(headDeadline, bodyDeadline, answerDeadline) }
    }

    private enum Stage {
        static let running: UInt8 = 0
        /// Another listener takes new connections; those that are here are served, and closed behind their next answer.
        static let leaving: UInt8 = 1
        /// New requests get 503; requests that wait for their endpoint still may be answered by it.
        static let draining: UInt8 = 2
        /// Nothing may wait any more.
        static let stopping: UInt8 = 3
    }

    let settings: ListenerSettings
    let limits: Limits
    let router: any RequestRouter
    let logger: Logger
    let table: ConnectionTable
    let budget: BodyBudget
    let lingering: LingeringSockets
    let startMessages = StartMessages()
    /// Requests that an endpoint has and has not answered.
    let waitingRequests = Atomic<Int>(0)
    /// Exchanges that an endpoint has, or whose answer the client has not wholly taken.
    let openExchanges = Atomic<Int>(0)
    private let stage = Atomic<UInt8>(Stage.running)

    init(settings: ListenerSettings, router: any RequestRouter, logger: Logger) throws(ListenerError) {
        self.settings = settings
        limits = Limits(settings)
        self.router = router
        self.logger = logger
        table = ConnectionTable(settings: settings)
        budget = BodyBudget(limit: settings.bodyBudgetBytes)
        lingering = try LingeringSockets()
    }

    /// Takes a line of libmicrohttpd's log.
    func noteLibraryMessage(_ text: String) {
        let line = text.prefix { !$0.isNewline }
        startMessages.note(String(line))
        logger.debug("libmicrohttpd", metadata: ["message": "\(line)"])
    }

    /// Whether the listener takes no new requests.
    var isStopping: Bool { stage.load(ordering: .sequentiallyConsistent) >= Stage.draining }
    /// Whether connections are closed behind their next answer.
    var isLeaving: Bool { stage.load(ordering: .relaxed) == Stage.leaving }
    /// Whether requests may not wait any more.
    var isStoppingNow: Bool { stage.load(ordering: .sequentiallyConsistent) == Stage.stopping }

    func beginLeaving() {
        stage.store(Stage.leaving, ordering: .sequentiallyConsistent)
    }

    func beginDraining() {
        stage.store(Stage.draining, ordering: .sequentiallyConsistent)
    }

    func beginStopping() {
        stage.store(Stage.stopping, ordering: .sequentiallyConsistent)
    }
}
