import Foundation
import Offboarding
import Testing

@Suite("How many daemons share a store")
struct NodeCensusTests {
    private let start = ContinuousClock.now
    private let longAgo = Date(timeIntervalSince1970: 0)

    private func beat(_ worker: String, _ number: Int) -> Heartbeat {
        Heartbeat(worker: worker, at: longAgo + Double(number), listener: nil)
    }

    @Test("processes count whose heartbeats go on, whatever their clocks say")
    func living() {
        var census = NodeCensus()
        #expect(census.count([], at: start) == 1)
        let one = "daemon:a:1:10"
        let two = "daemon:b:1:20"
        #expect(census.count([beat(one, 1), beat(two, 1)], at: start) == 2)
        #expect(census.count([beat(one, 2), beat(two, 1)], at: start + .seconds(9)) == 2)
        #expect(census.count([beat(one, 3), beat(two, 1)], at: start + .seconds(10)) == 1)
        #expect(census.count([beat(one, 4), beat(two, 2)], at: start + .seconds(11)) == 2)
        #expect(census.count([beat(one, 5)], at: start + .seconds(12)) == 1)
    }

    @Test("generations of one process count once, and commands not at all")
    func processes() {
        var census = NodeCensus()
        let heartbeats = ["daemon:a:1:10", "daemon:a:1:11", "daemon:a:2:10", "command:a:3:10"].map { beat($0, 1) }
        #expect(census.count(heartbeats, at: start) == 2)
    }
}
