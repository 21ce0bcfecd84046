import Foundation
public import Logging

/// Lets what is old enough go, until its task is cancelled.
///
/// What is open stays however old it is: cases that have not ended, people who are still looked for, deliveries that are
/// not settled.
public final class Janitor: Sendable {
    private let store: any Store
    private let policy: RetentionPolicy
    private let time: any TimeSource
    private let logger: Logger

    /// Seconds between two rounds.
    static let interval: TimeInterval = 3600
    /// Rows of a kind that go in one transaction. Senders wait behind it for their answers.
    private let inOneTransaction: Int

    public init(
        store: any Store,
        policy: RetentionPolicy,
        inOneTransaction: Int = 100,
        time: any TimeSource,
        logger: Logger
    ) {
        self.store = store
        self.inOneTransaction = inOneTransaction
        self.policy = policy
        self.time = time
        self.logger = logger
    }

    public func run() async {
        while !Task.isCancelled {
            do {
                try await clean()
            } catch is CancellationError {
                return
            } catch {
                logger.error("what is old was not let go", metadata: ["error": "\(error)"])
            }
            do { try await time.sleep(seconds: Self.interval) } catch { return }
        }
    }

    /// One round.
    ///
    /// - Returns: what went.
    @discardableResult
    func clean() async throws -> AgedOut {
        let horizon = policy.horizon(at: time.now())
        var sum = AgedOut()
        while true {
            try Task.checkCancellation()
            let some = try await store.write { [inOneTransaction] in try $0.ageOut(horizon, limit: inOneTransaction) }
            sum += some
            if some.isNothing { break }
        }
        guard !sum.isNothing else { return sum }
        logger.info(
            "what was old was let go",
            metadata: ["bodies": "\(sum.bodies)", "cases": "\(sum.cases)", "deliveries": "\(sum.deliveries)"]
        )
        return sum
    }
}

/// How many of each kind went.
public struct AgedOut: Sendable, Equatable {
    public var bodies = 0
    public var cases = 0
    public var deliveries = 0
    /// Statements, notices, sightings: what belongs to none of the above.
    public var others = 0

    public init(bodies: Int = 0, cases: Int = 0, deliveries: Int = 0, others: Int = 0) {
        self.bodies = bodies
        self.cases = cases
        self.deliveries = deliveries
        self.others = others
    }

    var isNothing: Bool { self == AgedOut() }

    static func += (sum: inout AgedOut, more: AgedOut) {
        sum.bodies += more.bodies
        sum.cases += more.cases
        sum.deliveries += more.deliveries
        sum.others += more.others
    }
}
