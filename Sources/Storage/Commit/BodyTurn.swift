/// When other work may have the writer: at once as a rule, and one part in ``share`` of its time while deliveries come, so
/// that a rush slows it down and never stops it.
///
/// Senders send their next delivery when they were told of the one before. Between two commits of a rush nothing waits for
/// a moment, and work that began then would hold up all of them; so deliveries count as coming until none has come for a
/// ``lull``.
struct BodyTurn {
    /// Other work gets one part in so many of the writer's time while deliveries come.
    static let share = 20
    /// How long it waits for its next turn at most, however long the last one took.
    static let longestPause = Duration.milliseconds(500)
    /// For how long after a delivery others count as coming: what one departure waits for at most before it is worked.
    static let lull = Duration.milliseconds(10)

    /// What other work has taken is paid back by waiting until then.
    private var notBefore: ContinuousClock.Instant?
    private var lastDelivery: ContinuousClock.Instant?

    /// How long other work has to wait at least; `nil` where this is its turn.
    ///
    /// - Parameter deliveriesWait: whether any is waiting this moment.
    func pause(deliveriesWait: Bool, now: ContinuousClock.Instant = .now) -> Duration? {
        guard let notBefore, now < notBefore else { return nil }
        guard !deliveriesWait else { return notBefore - now }
        guard let lastDelivery, now < lastDelivery + Self.lull else { return nil }
        return min(notBefore, lastDelivery + Self.lull) - now
    }

    mutating func deliveryCame(now: ContinuousClock.Instant = .now) { lastDelivery = now }

    /// Takes note of a piece of other work that has run.
    mutating func bodyRan(for time: Duration, now: ContinuousClock.Instant = .now) {
        notBefore = now + min(time * (Self.share - 1), Self.longestPause)
    }
}
