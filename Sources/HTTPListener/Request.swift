/// The head of a request: everything before its body.
///
/// A class, because it is handed on several times on the way of each request.
public final class RequestHead: Sendable {
    /// The method as sent, case kept: `POST`.
    public let method: String
    /// The target as sent up to the first `?`, percent-encoding kept: `/hooks/hr`.
    public let path: String
    /// What follows the first `?` of the target, or nil without one.
    public let query: String?
    /// `HTTP/1.0` or `HTTP/1.1`.
    public let version: String
    /// The header fields, names lower-cased.
    public let headers: HeaderFields
    /// The other end of the connection.
    public let peer: IPAddress
    /// Who sent the request: the peer or, while that is a trusted proxy, the next address of `X-Forwarded-For` from the
    /// right.
    public let client: IPAddress

    public init(
        method: String,
        path: String,
        query: String? = nil,
        version: String = "HTTP/1.1",
        headers: HeaderFields = HeaderFields(),
        peer: IPAddress,
        client: IPAddress? = nil
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.version = version
        self.headers = headers
        self.peer = peer
        self.client = client ?? peer
    }
}

/// A request whose body was wholly read.
public struct Request: Sendable {
    public let head: RequestHead
    /// The body byte for byte, chunked encoding undone.
    public let body: [UInt8]

    public init(head: RequestHead, body: [UInt8] = []) {
        self.head = head
        self.body = body
    }
}
