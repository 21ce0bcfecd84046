public import Foundation

/// How long things are kept, in seconds.
public struct RetentionPolicy: Sendable, Equatable {
    /// Bodies and header fields of deliveries that are settled.
    public var bodies: TimeInterval
    /// Cases that have ended, what was said about their people, and deliveries as far as they tell repeated ones.
    public var cases: TimeInterval
    /// The longest time for which any sender's deliveries are recognized when they come again.
    public var replayMemory: TimeInterval

    public init(
        bodies: TimeInterval = 30 * 86_400,
        cases: TimeInterval = 400 * 86_400,
        replayMemory: TimeInterval = 0
    ) {
        self.bodies = bodies
        self.cases = cases
        self.replayMemory = replayMemory
    }

    /// What is older than that goes.
    func horizon(at now: Date) -> RetentionHorizon {
        RetentionHorizon(
            bodies: now.addingTimeInterval(-bodies),
            cases: now.addingTimeInterval(-cases),
            deliveries: now.addingTimeInterval(-max(cases, replayMemory))
        )
    }
}

/// The times before which things are no longer kept.
public struct RetentionHorizon: Sendable, Equatable {
    public let bodies: Date
    public let cases: Date
    public let deliveries: Date

    public init(bodies: Date, cases: Date, deliveries: Date) {
        self.bodies = bodies
        self.cases = cases
        self.deliveries = deliveries
    }
}
