import Foundation

/// What a sender's requests of late say about it. Pure.
struct RefusalCount {
    /// So many refusals, with nothing accepted beside them, are told.
    static let fewest = 5
    /// Within so many seconds.
    static let window: TimeInterval = 600

    /// The latest refusals, as many as are needed; the oldest first.
    private var refusals: [Date] = []
    private var acceptedAt: Date?
    private var toldRefusals = false
    /// Whether the clock that was told of was behind ours.
    private var toldBehind: Bool?
    /// Whether the store may hold something told that is over: true until the first acceptance after a start.
    private var mayBeTold = true

    /// - Returns: whether a person should hear now that there are only refusals.
    mutating func refused(at now: Date) -> Bool {
        // Once told, what comes before the next acceptance no longer counts.
        guard !toldRefusals else { return false }
        refusals.append(now)
        if refusals.count > Self.fewest { refusals.removeFirst() }
        guard refusals.count == Self.fewest, let first = refusals.first,
            now.timeIntervalSince(first) <= Self.window,
            acceptedAt.map({ now.timeIntervalSince($0) > Self.window }) ?? true
        else { return false }
        toldRefusals = true
        return true
    }

    /// - Parameter isBehind: whether the sender's clock is behind ours, else it is ahead.
    /// - Returns: whether a person should hear of it now.
    mutating func skewed(isBehind: Bool) -> Bool {
        guard toldBehind != isBehind else { return false }
        toldBehind = isBehind
        return true
    }

    /// - Returns: whether what was told is over.
    mutating func accepted(at now: Date) -> Bool {
        let isOver = mayBeTold || toldRefusals || toldBehind != nil
        acceptedAt = now
        mayBeTold = false
        toldRefusals = false
        toldBehind = nil
        return isOver
    }

    /// What was to be told could not be kept: it is to be told with the next occasion.
    mutating func forget() {
        toldRefusals = false
        toldBehind = nil
        mayBeTold = true
    }
}
