/// Decides by the head alone who answers a request.
///
/// Called first for every request that libmicrohttpd could parse, on one of its threads. It must not block. Path,
/// method and source range are checked here, in this order: 404, 405, 403.
public protocol RequestRouter: AnyObject, Sendable {
    func route(_ head: RequestHead) -> Routing
}

/// What a router decided.
public enum Routing: Sendable {
    /// The answer is known. The connection is kept unless the answer says otherwise, or a body is announced, which is
    /// then never read.
    case answer(Response)
    /// An endpoint takes the request.
    case endpoint(any Endpoint)
}

/// Takes the requests of one path.
public protocol Endpoint: AnyObject, Sendable {
    /// Looks at the head before the body is read: repeated headers, a missing signature.
    ///
    /// Called on a thread of libmicrohttpd, after the message's framing was found sound and before length and budget
    /// are checked. It must not block. An answer refuses the request and closes the connection; nil lets the body be
    /// read.
    func admit(_ head: RequestHead) -> Response?

    /// Takes the request, whose body was wholly read.
    ///
    /// Called on a thread of libmicrohttpd, which serves many other connections: it must not block. The answer may be
    /// given at once or later, from any thread; the connection waits without holding one. There is no deadline for it:
    /// whoever keeps the responder must answer or let it go.
    func handle(_ request: Request, _ responder: Responder)
}

extension Endpoint {
    /// Admits every head.
    public func admit(_ head: RequestHead) -> Response? { nil }
}
