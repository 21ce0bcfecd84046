/// An answer.
///
/// A class, so that handing it on costs one reference: constant answers are shared by all threads.
public final class Response: Sendable, Hashable {
    /// The status code, from 200 to 599. Any other is answered as 500.
    public let status: Int
    /// The fields to send. `Content-Length`, `Date` and `Connection` are added by the listener.
    public let headers: [HeaderField]
    public let body: [UInt8]
    /// Whether the connection is closed behind the answer. An answer that leaves a body unread closes it in any case.
    public let closes: Bool
    /// The library's form of it, where it was made beforehand.
    let prepared: PreparedResponse?

    public init(status: Int, headers: [HeaderField] = [], body: [UInt8] = [], closes: Bool = false) {
        self.status = status
        self.headers = headers
        self.body = body
        self.closes = closes
        prepared = nil
    }

    private init(preparing response: Response) {
        status = response.status
        headers = response.headers
        body = response.body
        closes = response.closes
        prepared = PreparedResponse(response)
    }

    /// The same answer with the library's form of it made now, for one that is given again and again.
    func preparedForSending() -> Response { Response(preparing: self) }

    /// The same answer, closing the connection behind it.
    var closing: Response { closes ? self : Response(status: status, headers: headers, body: body, closes: true) }

    public static func == (one: Response, other: Response) -> Bool {
        one.status == other.status && one.headers == other.headers && one.body == other.body
            && one.closes == other.closes
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(status)
        hasher.combine(headers)
        hasher.combine(body)
        hasher.combine(closes)
    }

    /// What every answer of ours carries: no guessing of types, no copies in caches.
    public static let protectiveHeaders = [
        HeaderField("X-Content-Type-Options", "nosniff"),
        HeaderField("Cache-Control", "no-store"),
    ]

    private static let headersOfJSON = [HeaderField("Content-Type", "application/json")] + protectiveHeaders

    /// An answer with a JSON body, `Content-Type: application/json` and the protective headers.
    ///
    /// - Parameters:
    ///   - body: the JSON text, which is sent as it is.
    ///   - headers: sent besides the ones above.
    public static func json(
        status: Int,
        _ body: [UInt8],
        headers: [HeaderField] = [],
        closes: Bool = false
    ) -> Response {
        Response(
            status: status,
            headers: headers.isEmpty ? headersOfJSON : headersOfJSON + headers,
            body: body,
            closes: closes
        )
    }

    /// An answer with a JSON body given as text; see the other `json`.
    public static func json(
        status: Int,
        _ body: String,
        headers: [HeaderField] = [],
        closes: Bool = false
    ) -> Response {
        json(status: status, Array(body.utf8), headers: headers, closes: closes)
    }

    /// 200 with plain text, `Content-Type: text/plain` and the protective headers. For echoes: no browser takes it for
    /// anything else.
    public static func text(_ body: String) -> Response {
        Response(
            status: 200,
            headers: [HeaderField("Content-Type", "text/plain; charset=utf-8")] + protectiveHeaders,
            body: Array(body.utf8)
        )
    }

    /// An answer without a body, with the protective headers.
    public static func empty(status: Int, headers: [HeaderField] = [], closes: Bool = false) -> Response {
        Response(status: status, headers: protectiveHeaders + headers, closes: closes)
    }
}
