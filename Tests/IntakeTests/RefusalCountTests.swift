import Foundation
import Testing

@testable import Intake

@Suite("What a sender's refusals say about it")
struct RefusalCountTests {
    private let start = Date(timeIntervalSince1970: 1_795_536_000)

    @Test("five refusals within ten minutes and nothing accepted are news, once")
    func fewest() {
        var count = RefusalCount()
        let told = (0..<20).map { count.refused(at: start.addingTimeInterval(Double($0))) }
        #expect(told.firstIndex(of: true) == RefusalCount.fewest - 1)
        #expect(told.filter { $0 }.count == 1)
    }

    @Test("refusals that are further apart are none")
    func slow() {
        var count = RefusalCount()
        let told = (0..<20).map { count.refused(at: start.addingTimeInterval(Double($0) * 151)) }
        #expect(!told.contains(true))
    }

    @Test("beside something accepted within ten minutes they are none; after it they are news again")
    func accepted() {
        var count = RefusalCount()
        let atStart = [count.accepted(at: start), count.accepted(at: start)]
        #expect(atStart == [true, false])
        let beside = (1...20).map { count.refused(at: start.addingTimeInterval(Double($0))) }
        #expect(!beside.contains(true))
        let later = start.addingTimeInterval(RefusalCount.window)
        let after = (1...5).map { count.refused(at: later.addingTimeInterval(Double($0))) }
        #expect(after.filter { $0 }.count == 1)
        let over = (6...7).map { count.accepted(at: later.addingTimeInterval(Double($0))) }
        #expect(over == [true, false])
    }

    @Test("a clock is told once for each side, and again after it was right")
    func skew() {
        var count = RefusalCount()
        let told = [true, true, false].map { count.skewed(isBehind: $0) }
        #expect(told == [true, false, true])
        _ = count.accepted(at: start)
        let again = count.skewed(isBehind: false)
        #expect(again)
    }
}
