/// When other work may have the writer: at once as a rule, and one part in ``share`` of its time while deliveries come, so
/// that a rush slows it down and never stops it.
///
/// Senders send their next delivery when they were told of the one before. Between two commits of a rush nothing waits for
/// a moment, and work that began then would hold up all of them; so deliveries count as coming for a ``lull`` after the
/// last one came or was answered.
struct BodyTurn {
    /// Other work gets one part in so many of the writer's time while deliveries come.
    static let share = 20
    /// How long it waits for its next turn at most, however long the last one took.
    static let longestPause = Duration.milliseconds(500)
    /// For how long after a delivery others count as coming. Longer than senders on the same machine take for their next
    /// one; those of others leave longer gaps, in which work goes on.
    static let lull = Duration.milliseconds(2)

    /// What other work has taken is paid back by waiting until then.
    private var notBefore: ContinuousClock.Instant?
    /// When one came, or was answered.
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

    /// Takes note that a delivery has come, or is answered now.
    mutating func deliveryCame(now: ContinuousClock.Instant = .now) { lastDelivery = now }

    /// Takes note of a piece of other work that has run.
    mutating func bodyRan(for time: Duration, now: ContinuousClock.Instant = .now) {
        notBefore = now + min(time * (Self.share - 1), Self.longestPause)
    }
}
