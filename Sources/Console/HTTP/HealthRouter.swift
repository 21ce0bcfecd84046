public import HTTPListener
public import Offboarding
internal import Presentation

/// Answers `GET /healthz` and `GET /readyz`; every other path is 404.
public final class HealthRouter: RequestRouter {
    private let readiness: Readiness
    private let alive: Response

    /// - Parameter node: by which name people know this machine.
    public init(store: any Store, node: String) {
        readiness = Readiness(store: store, node: node)
        alive = .json(status: 200, Self.text("alive", node))
    }

    fileprivate static func text(_ status: String, _ node: String) -> String {
        JSONOutput.object([("status", .text(status)), ("node", .text(node))]).compact
    }

    public func route(_ head: RequestHead) -> Routing {
        switch head.path {
        case "/healthz":
            guard head.method == "GET" else { return .answer(.methodNotAllowed(allow: ["GET"])) }
            return .answer(alive)
        case "/readyz":
            guard head.method == "GET" else { return .answer(.methodNotAllowed(allow: ["GET"])) }
            return .endpoint(readiness)
        default:
            return .answer(.notFound)
        }
    }
}

/// Asks the store whether it could store now.
private final class Readiness: Endpoint {
    private let store: any Store

    private let ready: Response

    init(store: any Store, node: String) {
        self.store = store
        ready = .json(status: 200, HealthRouter.text("ready", node))
    }

    func handle(_ request: Request, _ responder: Responder) {
        Task {
            responder.respond(await store.isReady() ? ready : .unavailable())
        }
    }
}
