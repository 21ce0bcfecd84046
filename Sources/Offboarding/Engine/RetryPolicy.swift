public import Foundation

/// When a case that met trouble is tried again. Retries never end by themselves.
public struct RetryPolicy: Sendable, Equatable {
    /// Seconds before the second try.
    public let first: TimeInterval
    /// The longest wait in seconds; also how often a case in attention is tried.
    public let ceiling: TimeInterval
    /// Seconds of unbroken trouble after which a person is needed.
    public let attentionAfter: TimeInterval

    public init(first: TimeInterval = 1, ceiling: TimeInterval = 900, attentionAfter: TimeInterval = 3600) {
        self.first = first
        self.ceiling = ceiling
        self.attentionAfter = attentionAfter
    }

    /// How long to wait after so many troubles in a row: doubled each time up to the ceiling, then between half and all
    /// of that, so that cases that failed together do not come back together.
    ///
    /// - Parameter jitter: 0 to 1.
    public func delay(afterTroubles troubles: Int, jitter: Double) -> TimeInterval {
        let doubled = first * pow(2, Double(min(max(troubles - 1, 0), 40)))
        let whole = min(ceiling, doubled)
        return max(whole * (0.5 + 0.5 * jitter), min(first, ceiling) / 2)
    }

    /// The same with a jitter of its own, and no sooner than whoever did not take it asks for, up to the ceiling.
    ///
    /// - Parameter asked: in seconds; `nil` where nothing was asked for.
    func delay(afterTroubles troubles: Int, asked: TimeInterval?) -> TimeInterval {
        max(delay(afterTroubles: troubles, jitter: Double.random(in: 0...1)), min(asked ?? 0, ceiling))
    }
}
