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
