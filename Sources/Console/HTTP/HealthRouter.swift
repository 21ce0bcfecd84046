public import HTTPListener
public import Offboarding

/// Answers `GET /healthz` and `GET /readyz`; every other path is 404.
public final class HealthRouter: RequestRouter {
    private let readiness: Readiness

    public init(store: any Store) { readiness = Readiness(store: store) }

    public func route(_ head: RequestHead) -> Routing {
        switch head.path {
        case "/healthz":
            guard head.method == "GET" else { return .answer(.methodNotAllowed(allow: ["GET"])) }
            return .answer(.json(status: 200, #"{"status":"alive"}"#))
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

    init(store: any Store) { self.store = store }

    func handle(_ request: Request, _ responder: Responder) {
        Task {
            responder.respond(await store.isReady() ? .json(status: 200, #"{"status":"ready"}"#) : .unavailable())
        }
    }
}
