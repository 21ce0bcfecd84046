public import HTTPListener
import Logging
import Offboarding

/// Everything that the console's port answers: pages, the JSON API, metrics, health.
///
/// The order of the checks: host (421), path (404), method (405), who asks (401, or the sign-in), what they may (403),
/// whether it was meant (403).
public final class ConsoleRouter: RequestRouter {
    private let hosts: HostCheck
    private let finder: CallerFinder
    private let health: HealthRouter
    private let metrics: (any Endpoint)?
    private let signIn: SignIn
    private let pages: PageRenderer
    private let routes: [Route]
    private let logger: Logger

    /// - Throws: where a page of ours cannot be read, which a test would have shown.
    public init(_ parts: ConsoleParts, access: ConsoleAccess) throws {
        hosts = HostCheck(access.hosts)
        let ring = TokenRing(access.tokens)
        let sessions = access.sessions
        finder = CallerFinder(ring: ring, sessions: sessions, proxy: access.proxy)
        health = HealthRouter(store: parts.store, node: parts.node)
        metrics = parts.metrics
        logger = parts.logger
        pages = try PageRenderer(isDryRun: parts.policy.mode == .dryRun)
        signIn = SignIn(ring: ring, sessions: sessions, guard: SignInGuard(time: parts.time), pages: pages)
        routes = API(parts).routes + Pages(parts, renderer: pages).routes
    }

    public func route(_ head: RequestHead) -> Routing {
        guard hosts.allows(head) else { return .answer(Self.misdirected) }
        switch head.path {
        case "/healthz", "/readyz": return health.route(head)
        case "/metrics": return metricsRouting(head)
        // The proxy signs people in.
        case "/login" where finder.proxy != nil: return .answer(pages.response(.notLetIn, for: nil))
        case "/login": return signIn.route(head)
        case "/logout": return signOut(head)
        default: break
        }
        if let asset = Asset.named(head.path) {
            return .answer(head.method == "GET" ? asset.response : .methodNotAllowed(allow: ["GET"]))
        }
        guard let segments = Route.segments(of: head.path) else { return .answer(missing(head)) }
        let found = routes.compactMap { route in route.parameter(in: segments).map { (route, $0) } }
        guard !found.isEmpty else { return .answer(missing(head)) }
        guard let (route, parameter) = found.first(where: { $0.0.method == head.method }) else {
            return .answer(.methodNotAllowed(allow: found.map(\.0.method)))
        }
        return .endpoint(
            RouteEndpoint(route, parameter: parameter, finder: finder, pages: pages, logger: logger)
        )
    }

    private static let misdirected = ConsoleError(
        status: 421,
        word: "misdirected",
        message: "the console does not answer to this name; add it to console.hosts"
    ).response

    private func missing(_ head: RequestHead) -> Response {
        let error = ConsoleError.notFound("there is nothing at this path")
        return head.path.hasPrefix("/api/") ? error.response : pages.response(error, for: nil)
    }

    /// Open to this machine; others need a token.
    private func metricsRouting(_ head: RequestHead) -> Routing {
        guard let metrics else { return .answer(missing(head)) }
        guard head.method == "GET" else { return .answer(.methodNotAllowed(allow: ["GET"])) }
        if head.client.isLoopback, finder.proxy == nil { return .endpoint(metrics) }
        do {
            guard try finder.caller(head).person != nil else {
                return .answer(ConsoleError.unauthorized.response)
            }
            return .endpoint(metrics)
        } catch {
            return .answer(failed(error))
        }
    }

    private func signOut(_ head: RequestHead) -> Routing {
        guard head.method == "POST" else { return .answer(.methodNotAllowed(allow: ["POST"])) }
        let signIn = signIn
        let route = Route(.page, "POST", "/logout") { try signIn.signOut($0) }
        return .endpoint(RouteEndpoint(route, parameter: "", finder: finder, pages: pages, logger: logger))
    }

    private func failed(_ error: any Error) -> Response {
        logger.error("a request to the console could not be answered", metadata: ["error": "\(error)"])
        return ConsoleError(error).response
    }
}

/// Takes the requests of one route: finds out who asks, and lets only them through who may.
private final class RouteEndpoint: Endpoint {
    private let route: Route
    private let parameter: String
    private let finder: CallerFinder
    private let pages: PageRenderer
    private let logger: Logger

    init(_ route: Route, parameter: String, finder: CallerFinder, pages: PageRenderer, logger: Logger) {
        self.route = route
        self.parameter = parameter
        self.finder = finder
        self.pages = pages
        self.logger = logger
    }

    /// Before a body is read: nobody who may not is listened to.
    func admit(_ head: RequestHead) -> Response? {
        do {
            let caller = try finder.caller(head)
            guard let person = caller.person else { return refusal(.unauthorized, nil, head) }
            guard person.may(route.role) else { return refusal(.notYours, caller, head) }
            // Programs say it in the head, pages in their form.
            if route.method != "GET", route.kind == .api,
                !caller.isMeant(head.headers.first(Self.csrfHeader))
            {
                return refusal(.notMeant, caller, head)
            }
            return nil
        } catch {
            return failure(error, nil, head)
        }
    }

    func handle(_ request: Request, _ responder: Responder) {
        Task { responder.respond(await answer(request)) }
    }

    static let csrfHeader = "x-csrf-token"

    private func answer(_ request: Request) async -> Response {
        let head = request.head
        var caller = Caller.nobody
        do {
            caller = try finder.caller(head)
            guard let person = caller.person else { return refusal(.unauthorized, nil, head) }
            guard let query = FormFields(head.query ?? "") else {
                throw ConsoleError.badRequest("the query cannot be read")
            }
            let asked = ConsoleRequest(
                head: head,
                body: request.body,
                caller: caller,
                person: person,
                parameter: parameter,
                query: query
            )
            if route.method != "GET", route.kind == .page, try !caller.isMeant(asked.form["csrf"]) {
                return refusal(.notMeant, caller, head)
            }
            return try await route.answer(asked)
        } catch {
            return failure(error, caller, head)
        }
    }

    private func refusal(_ error: ConsoleError, _ caller: Caller?, _ head: RequestHead) -> Response {
        guard route.kind == .page else { return error.response }
        guard error.status == 401 else { return pages.response(error, for: caller) }
        guard finder.proxy == nil else { return pages.response(.notLetIn, for: caller) }
        // Where they wanted to go, unless it would do something.
        let target = route.method == "GET" ? head.path + (head.query.map { "?\($0)" } ?? "") : "/"
        return pages.redirect(to: target == "/" ? "/login" : "/login?next=\(FormFields.encoded(target))")
    }

    private func failure(_ error: any Error, _ caller: Caller?, _ head: RequestHead) -> Response {
        let shown = ConsoleError(error)
        if shown.status >= 500 {
            logger.error(
                "a request to the console could not be answered",
                metadata: ["route": "\(route.method) /\(route.path.joined(separator: "/"))", "error": "\(error)"]
            )
        }
        return route.kind == .page ? pages.response(shown, for: caller) : shown.response
    }
}
