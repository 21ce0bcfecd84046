import NIOCore

/// An answer to be sent.
struct Answer: Sendable {
    let status: Int
    var contentType = "application/json"
    /// Headers besides the content's type and length.
    var headers: [(String, String)] = []
    var body: ByteBuffer?

    static func json(_ status: Int, _ json: JSON) -> Answer {
        Answer(status: status, body: ByteBuffer(bytes: json.bytes))
    }

    /// An error as the API writes it.
    static func failure(_ status: Int, _ text: String) -> Answer {
        .json(status, .object([("error", .string(text)), ("status", .integer(status))]))
    }

    static let noContent = Answer(status: 204)

    static func html(_ status: Int) -> Answer {
        let page = """
            <html><head><title>\(status)</title></head>
            <body><h1>We will be back soon</h1><p>Scheduled maintenance is under way.</p></body></html>

            """
        return Answer(status: status, contentType: "text/html", body: ByteBuffer(string: page))
    }
}

/// What becomes of a request.
enum Reaction: Sendable {
    case answer(Answer, after: Duration)
    /// The connection is cut without an answer.
    case cut(after: Duration)
    /// Nothing is ever sent, and the connection stays.
    case silence
}

/// A request as it came.
struct APIRequest: Sendable {
    let method: String
    /// Still percent-encoded.
    let path: String
    /// Without the question mark, still percent-encoded; `nil` where there is none.
    let query: String?
    /// What `Authorization: Bearer` holds; `nil` where it is missing, repeated or of another form.
    let secret: String?
    let contentType: String?
    let body: ByteBuffer
    let address: String
    /// When the head arrived: unix microseconds, and the monotonic clock for the rate limit.
    let arrival: Int64
    let monotonicArrival: NIODeadline

    /// The headers and the body are as every call of the API has them.
    var isWellFormed: Bool { secret != nil && hasJSONContentType && body.readableBytes == 0 }

    private var hasJSONContentType: Bool {
        guard let contentType else { return false }
        let type = contentType.split(separator: ";").first ?? ""
        return type.lowercased() == "application/json"
    }
}
