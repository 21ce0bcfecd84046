public import CoreMetrics

/// What is counted of one sender's requests. Made once: counting costs an atomic addition.
public final class IntakeInstruments: Sendable {
    /// What became of a request.
    public enum Result: String, Sendable, CaseIterable {
        /// Stored.
        case accepted
        /// Known already.
        case duplicate
        /// Nothing vouched for it, or it must not come from there.
        case refused
        /// Trouble of ours: its sender was asked to try again.
        case unavailable
        /// A question of the sender's, which is answered and not stored.
        case handshake
    }

    /// How many, by sender and ``Result``.
    public static let deliveries = "offboard_deliveries_total"
    /// How many were refused, by sender and why.
    public static let refusals = "offboard_refusals_total"
    /// Seconds by which the last verified timestamp was behind our clock.
    public static let skew = "offboard_clock_skew_seconds"
    /// When the last delivery was accepted or known already, in seconds since 1970.
    public static let lastDelivery = "offboard_last_delivery_timestamp_seconds"

    private let sender: String
    private let factory: any MetricsFactory
    let accepted: Counter
    let duplicate: Counter
    let refused: Counter
    let unavailable: Counter
    let handshake: Counter
    let skew: Meter
    let lastDelivery: Meter

    /// - Parameter sender: a name from the configuration.
    public init(sender: String, factory: any MetricsFactory = NOOPMetricsHandler.instance) {
        self.sender = sender
        self.factory = factory
        func counter(_ result: Result) -> Counter {
            let labels = [("sender", sender), ("result", result.rawValue)]
            return Counter(label: Self.deliveries, dimensions: labels, factory: factory)
        }
        accepted = counter(.accepted)
        duplicate = counter(.duplicate)
        refused = counter(.refused)
        unavailable = counter(.unavailable)
        handshake = counter(.handshake)
        skew = Meter(label: Self.skew, dimensions: [("sender", sender)], factory: factory)
        lastDelivery = Meter(label: Self.lastDelivery, dimensions: [("sender", sender)], factory: factory)
    }

    /// Made when a cause is first seen: there are some twenty, of which most never are.
    func refusals(because reason: RefusalReason) -> Counter {
        let labels = [("sender", sender), ("cause", reason.word)]
        return Counter(label: Self.refusals, dimensions: labels, factory: factory)
    }
}

/// What is counted of requests to nobody who is configured. Their names are strangers' words, and are not kept.
public final class StrangerInstruments: Sendable {
    /// How many requests came to a path of hooks that is no sender's.
    public static let requests = "offboard_unknown_sender_requests_total"

    let requests: Counter

    public init(factory: any MetricsFactory = NOOPMetricsHandler.instance) {
        requests = Counter(label: Self.requests, factory: factory)
    }
}
