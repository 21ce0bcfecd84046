public import Foundation

/// How those who were offboarded are looked for again.
public struct SweepPolicy: Sendable, Equatable {
    /// Seconds between the beginnings of two sweeps.
    public var every: TimeInterval
    /// Seconds after the end of a case for which its person is looked for; 0 looks for nobody.
    public var recheckFor: TimeInterval
    /// Whether who is back is removed again, by a new case that every policy, limit and hold applies to.
    public var removeAgain: Bool

    public init(every: TimeInterval = 3600, recheckFor: TimeInterval = 30 * 86_400, removeAgain: Bool = false) {
        self.every = every
        self.recheckFor = recheckFor
        self.removeAgain = removeAgain
    }

    static let day: TimeInterval = 86_400
    /// An invitation that was pending when the case ended can be accepted for three days (reference: API, section 3); at
    /// four nobody can come back by it any more.
    static let fourDays: TimeInterval = 4 * day

    /// When a person must be looked for at the latest: a day after the case ended, four days after, then daily, and a last
    /// time when the time is over.
    ///
    /// - Parameter lookedAt: when the last look began that could prove that the person is gone.
    /// - Returns: `nil` when the time was over at that look.
    func nextLook(since ended: Date, lookedAt: Date) -> Date? {
        let last = ended.addingTimeInterval(recheckFor)
        guard lookedAt < last else { return nil }
        let passed = lookedAt.timeIntervalSince(ended)
        let next =
            switch passed {
            case ..<Self.day: Self.day
            case ..<Self.fourDays: Self.fourDays
            default: (passed / Self.day).rounded(.down) * Self.day + Self.day
            }
        return min(ended.addingTimeInterval(next), last)
    }
}
