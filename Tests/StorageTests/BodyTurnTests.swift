import Testing

@testable import Storage

@Suite("The turn of work that nobody waits for")
struct BodyTurnTests {
    private let start = ContinuousClock.now

    private func after(_ milliseconds: Int) -> ContinuousClock.Instant { start + .milliseconds(milliseconds) }

    @Test("the first piece of work waits for nothing, whatever comes beside it")
    func first() {
        var turn = BodyTurn()
        #expect(turn.pause(deliveriesWait: false, now: start) == nil)
        turn.deliveryCame(now: start)
        #expect(turn.pause(deliveriesWait: true, now: start) == nil)
    }

    @Test("while deliveries wait, work has a twentieth of the time")
    func share() {
        var turn = BodyTurn()
        turn.bodyRan(for: .milliseconds(10), now: start)
        #expect(turn.pause(deliveriesWait: true, now: start) == .milliseconds(190))
        #expect(turn.pause(deliveriesWait: true, now: after(189)) == .milliseconds(1))
        #expect(turn.pause(deliveriesWait: true, now: after(190)) == nil)
    }

    @Test("the gap between an answer and the sender's next delivery is no turn for long work")
    func gap() {
        var turn = BodyTurn()
        turn.bodyRan(for: .milliseconds(10), now: start)
        turn.deliveryCame(now: after(100))
        #expect(turn.pause(deliveriesWait: false, now: after(100)) == BodyTurn.lull)
        #expect(turn.pause(deliveriesWait: false, now: after(100) + BodyTurn.lull / 4) == BodyTurn.lull * 3 / 4)
        turn.deliveryCame(now: after(100) + BodyTurn.lull / 2)
        #expect(turn.pause(deliveriesWait: false, now: after(100) + BodyTurn.lull) == BodyTurn.lull / 2)
        // Its share is due before the lull is over.
        turn.deliveryCame(now: after(190) - BodyTurn.lull / 4)
        #expect(turn.pause(deliveriesWait: false, now: after(190) - BodyTurn.lull / 4) == BodyTurn.lull / 4)
        #expect(turn.pause(deliveriesWait: false, now: after(190)) == nil)
    }

    @Test("where no delivery came for a while, work goes on at once")
    func quiet() {
        var turn = BodyTurn()
        turn.bodyRan(for: .seconds(1), now: start)
        #expect(turn.pause(deliveriesWait: false, now: start) == nil)
        turn.deliveryCame(now: start)
        #expect(turn.pause(deliveriesWait: false, now: start + BodyTurn.lull) == nil)
    }

    @Test("after the longest work deliveries have the writer for half a second, not longer")
    func longest() {
        var turn = BodyTurn()
        turn.bodyRan(for: .seconds(30), now: start)
        #expect(turn.pause(deliveriesWait: true, now: start) == .milliseconds(500))
    }
}
