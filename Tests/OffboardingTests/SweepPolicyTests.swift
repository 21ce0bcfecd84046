import Foundation
import Testing

@testable import Offboarding

@Suite("When people are looked for again")
struct SweepPolicyTests {
    private let day: TimeInterval = 86_400

    private func next(after looked: TimeInterval, recheckFor: TimeInterval = 30 * 86_400) -> TimeInterval? {
        SweepPolicy(recheckFor: recheckFor)
            .nextLook(since: Samples.start, lookedAt: Samples.start + looked)?.timeIntervalSince(Samples.start)
    }

    @Test("after a day, after four, then daily, and a last time when the time is over")
    func schedule() {
        #expect(next(after: 0) == day)
        #expect(next(after: day - 1) == day)
        #expect(next(after: day) == 4 * day)
        #expect(next(after: 3.9 * day) == 4 * day)
        #expect(next(after: 4 * day) == 5 * day)
        #expect(next(after: 12.5 * day) == 13 * day)
        #expect(next(after: 29.5 * day) == 30 * day)
        #expect(next(after: 30 * day) == nil)
    }

    @Test("a time that is shorter than the next look ends with a look of its own")
    func short() {
        #expect(next(after: 0, recheckFor: 3600) == 3600)
        #expect(next(after: day, recheckFor: 2 * day) == 2 * day)
        #expect(next(after: 0, recheckFor: 0) == nil)
    }
}
