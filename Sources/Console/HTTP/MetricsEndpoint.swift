public import HTTPListener

/// Answers with metrics in Prometheus' text format. Its router lets only `GET` through, and decides who may ask.
public final class MetricsEndpoint: Endpoint {
    private let text: @Sendable () async -> String

    /// - Parameter text: gives the metrics as they are now, in the text format 0.0.4.
    public init(text: @escaping @Sendable () async -> String) { self.text = text }

    public func handle(_ request: Request, _ responder: Responder) {
        Task {
            let body = await text()
            responder.respond(Response(status: 200, headers: Self.headers, body: Array(body.utf8)))
        }
    }

    private static let headers =
        [HeaderField("Content-Type", "text/plain; version=0.0.4; charset=utf-8")] + Response.protectiveHeaders
}
