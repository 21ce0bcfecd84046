public import CoreMetrics

/// What is counted of calls to Vultr.
public final class VultrInstruments: Sendable {
    /// How many requests ended, by endpoint and status: the answer's number or, without one, in which way it ended.
    public static let requests = "offboard_vultr_requests_total"
    /// Seconds from sending a request to its whole answer, or its end.
    public static let seconds = "offboard_vultr_request_seconds"

    /// How a request ended without an answer.
    enum Ending: String, Sendable, CaseIterable {
        case timedOut = "timeout"
        case cancelled
        /// The answer was larger than is read.
        case tooLarge = "too_large"
        /// There was no connection, or it broke.
        case connection
    }

    /// Statuses that are shown as they are. Whoever answers for Vultr could send others at will, which are `other`.
    private static let usual: Set<Int> = [
        200, 201, 202, 204, 301, 302, 303, 307, 308, 400, 401, 402, 403, 404, 405, 406, 408, 409, 410, 412, 413, 415,
        422,
        423, 425, 429, 500, 501, 502, 503, 504, 520, 521, 522, 523, 524,
    ]

    private let factory: any MetricsFactory
    private let timer: CoreMetrics.Timer

    public init(factory: any MetricsFactory = NOOPMetricsHandler.instance) {
        self.factory = factory
        timer = CoreMetrics.Timer(label: Self.seconds, factory: factory)
    }

    func answered(_ endpoint: Endpoint, status: Int, after seconds: Double) {
        count(endpoint, Self.usual.contains(status) ? String(status) : "other", after: seconds)
    }

    func ended(_ endpoint: Endpoint, _ ending: Ending, after seconds: Double) {
        count(endpoint, ending.rawValue, after: seconds)
    }

    /// Looked up each time: there are some thirty calls a second at most.
    private func count(_ endpoint: Endpoint, _ status: String, after seconds: Double) {
        let labels = [("endpoint", endpoint.rawValue), ("status", status)]
        Counter(label: Self.requests, dimensions: labels, factory: factory).increment()
        timer.recordSeconds(seconds)
    }
}
