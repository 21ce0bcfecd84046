import Glibc
import HTTPListener
import Logging
import Synchronization

/// An endpoint made of closures, which remembers what it was given.
final class TestEndpoint: Endpoint {
    typealias Admit = @Sendable (RequestHead) -> Response?
    typealias Handle = @Sendable (Request, Responder) -> Void

    private let admission: Admit
    private let handling: Handle
    private let seen = Mutex<[Request]>([])

    /// Without a handler it answers 202 with the body it read, and repeats the client's address in a header.
    init(admit: @escaping Admit = { _ in nil }, handle: Handle? = nil) {
        admission = admit
        handling =
            handle ?? { request, responder in
                responder.respond(
                    .json(
                        status: 202,
                        request.body,
                        headers: [HeaderField("Seen-Client", request.head.client.description)]
                    )
                )
            }
    }

    var requests: [Request] { seen.withLock { $0 } }

    func admit(_ head: RequestHead) -> Response? { admission(head) }

    func handle(_ request: Request, _ responder: Responder) {
        seen.withLock { $0.append(request) }
        handling(request, responder)
    }
}

/// `POST /hooks/hr` goes to the endpoint; `/closed` is out of range; everything else is unknown.
final class TestRouter: RequestRouter {
    let endpoint: TestEndpoint

    init(endpoint: TestEndpoint) { self.endpoint = endpoint }

    func route(_ head: RequestHead) -> Routing {
        switch head.path {
        case "/hooks/hr":
            head.method == "POST" ? .endpoint(endpoint) : .answer(.methodNotAllowed(allow: ["POST"]))
        case "/closed":
            .answer(.forbidden)
        case "/broken":
            .answer(Response(status: 200, headers: [HeaderField("X-Split", "a\r\nSet-Cookie: b")]))
        default:
            .answer(.notFound)
        }
    }
}

/// Endpoints' responders, kept until somebody answers.
final class Waiters: Sendable {
    private let responders = Mutex<[Responder]>([])

    func add(_ responder: Responder) { responders.withLock { $0.append(responder) } }

    var count: Int { responders.withLock { $0.count } }

    func takeAll() -> [Responder] {
        responders.withLock { responders in
            let taken = responders
            responders = []
            return taken
        }
    }
}

/// Runs `body` against a listener on a free port of loopback, and stops it.
func withListener(
    _ endpoint: TestEndpoint = TestEndpoint(),
    settings: ListenerSettings = .test(),
    _ body: (Listener) throws -> Void
) throws {
    let listener = Listener(settings: settings, router: TestRouter(endpoint: endpoint), logger: quietLogger())
    try listener.start()
    defer { listener.shutdown(patience: .milliseconds(200)) }
    try body(listener)
}

extension ListenerSettings {
    /// Any free port of loopback, with what the test wants different.
    static func test(_ configure: (inout ListenerSettings) -> Void = { _ in }) -> ListenerSettings {
        var settings = ListenerSettings(address: "127.0.0.1", port: 0)
        configure(&settings)
        return settings
    }
}

func quietLogger() -> Logger {
    Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
}

/// Waits until a condition holds, for at most the client's patience.
func eventually(_ holds: () throws -> Bool) rethrows -> Bool {
    for _ in 0..<(RawClient.patience / 2) {
        if try holds() { return true }
        usleep(2_000)
    }
    return false
}

/// A request for the endpoint.
func post(_ body: String, path: String = "/hooks/hr", headers: String = "") -> String {
    "POST \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)"
}

/// Runs `work` on a thread of its own.
func onAnotherThread(_ work: @escaping @Sendable () -> Void) {
    let box = Unmanaged.passRetained(Work(work))
    var thread = pthread_t()
    let result = pthread_create(
        &thread,
        nil,
        { raw in
            guard let raw else { return nil }
            Unmanaged<Work>.fromOpaque(raw).takeRetainedValue().run()
            return nil
        },
        box.toOpaque()
    )
    if result == 0 { pthread_detach(thread) } else { box.release() }
}

private final class Work: Sendable {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}
