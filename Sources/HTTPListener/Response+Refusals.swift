/// The refusals, worded once.
extension Response {
    /// How long a sender is asked to wait where nothing better is known, in whole seconds. Bodies in flight are gone
    /// after the body's deadline at the latest, and most are gone within milliseconds.
    public static let defaultRetryAfter = 5

    /// 400. The connection closes: what follows on it cannot be told apart from this request.
    public static let badRequest = json(status: 400, #"{"error":"bad_request"}"#, closes: true).preparedForSending()

    /// 401, one body for all causes.
    public static let unauthorized = json(status: 401, #"{"error":"unauthorized"}"#).preparedForSending()

    /// 403.
    public static let forbidden = json(status: 403, #"{"error":"forbidden"}"#).preparedForSending()

    /// 404.
    public static let notFound = json(status: 404, #"{"error":"not_found"}"#).preparedForSending()

    /// 405 with the methods that the path knows.
    public static func methodNotAllowed(allow methods: [String]) -> Response {
        json(
            status: 405,
            #"{"error":"method_not_allowed"}"#,
            headers: [HeaderField("Allow", methods.joined(separator: ", "))]
        )
    }

    /// 413. The connection closes, the body unread.
    public static let contentTooLarge = json(status: 413, #"{"error":"content_too_large"}"#, closes: true)
        .preparedForSending()

    /// 500, for an answer that cannot be sent as it was given.
    static let internalError = json(status: 500, #"{"error":"internal"}"#, closes: true)

    /// 503 with `Retry-After` in whole seconds.
    public static func unavailable(retryAfter seconds: Int = defaultRetryAfter, closes: Bool = false) -> Response {
        json(
            status: 503,
            #"{"error":"unavailable"}"#,
            headers: [HeaderField("Retry-After", String(max(0, seconds)))],
            closes: closes
        )
    }
}
