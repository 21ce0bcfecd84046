import Foundation
public import Logging

/// What the engine is put together from.
public struct EngineParts: Sendable {
    public var store: any Store
    public var directory: Directory
    public var interpreter: any DeliveryInterpreter
    public var policy: Policy
    public var retry: RetryPolicy
    public var sha256: SHA256Function
    public var time: any TimeSource
    public var logger: Logger

    public init(
        store: any Store,
        directory: Directory,
        interpreter: any DeliveryInterpreter,
        policy: Policy,
        retry: RetryPolicy,
        sha256: @escaping SHA256Function,
        time: any TimeSource,
        logger: Logger
    ) {
        self.store = store
        self.directory = directory
        self.interpreter = interpreter
        self.policy = policy
        self.retry = retry
        self.sha256 = sha256
        self.time = time
        self.logger = logger
    }
}

/// Reads a delivery: who left, who is back.
///
/// Never fails and never calls out; what it cannot read safely it says so.
public protocol DeliveryInterpreter: Sendable {
    func interpret(_ delivery: Delivery) -> Interpretation
}

/// What a delivery says.
public struct Interpretation: Sendable, Equatable {
    public var departures: [Departure]
    /// One reason for each part that is about a departure and cannot be read safely; without an email.
    public var unresolved: [String]
    /// Why the delivery is about nobody's departure, where it is not.
    public var ignored: String?

    public init(departures: [Departure] = [], unresolved: [String] = [], ignored: String? = nil) {
        self.departures = departures
        self.unresolved = unresolved
        self.ignored = ignored
    }
}
