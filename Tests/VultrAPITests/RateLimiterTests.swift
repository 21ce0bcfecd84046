import Foundation
import Offboarding
import Synchronization
import Testing

@testable import VultrAPI

@Suite("The gate that all keys go through")
struct RateLimiterTests {
    /// A clock that stands still until it is moved, and tells when somebody sleeps by it.
    private final class StandingTime: TimeSource {
        private struct State {
            var passed: TimeInterval = 0
            var sleepers: [(number: Int, until: TimeInterval, wake: CheckedContinuation<Bool, Never>)] = []
            var lastNumber = 0
        }

        private let origin = ContinuousClock.now
        private let state = Mutex(State())
        private let slept: AsyncStream<Void>.Continuation
        /// One element for each sleep that began.
        let sleeps: AsyncStream<Void>

        init() { (sleeps, slept) = AsyncStream.makeStream(of: Void.self) }

        func now() -> Date { Date(timeIntervalSince1970: 1_795_000_000 + state.withLock { $0.passed }) }
        func instant() -> ContinuousClock.Instant { origin + .seconds(state.withLock { $0.passed }) }

        func sleep(seconds: TimeInterval) async throws {
            let number = state.withLock { state in
                state.lastNumber += 1
                return state.lastNumber
            }
            let awake = await withTaskCancellationHandler {
                await withCheckedContinuation { wake in
                    let cancelled = state.withLock { state in
                        if Task.isCancelled { return true }
                        state.sleepers.append((number, state.passed + seconds, wake))
                        return false
                    }
                    if cancelled { wake.resume(returning: false) } else { slept.yield() }
                }
            } onCancel: {
                let wake = state.withLock { state in
                    state.sleepers.firstIndex { $0.number == number }.map { state.sleepers.remove(at: $0).wake }
                }
                wake?.resume(returning: false)
            }
            if !awake { throw CancellationError() }
        }

        func move(by seconds: TimeInterval) {
            let due = state.withLock { state in
                state.passed += seconds
                let due = state.sleepers.filter { $0.until <= state.passed + 0.000_001 }
                state.sleepers.removeAll { $0.until <= state.passed + 0.000_001 }
                return due
            }
            for sleeper in due { sleeper.wake.resume(returning: true) }
        }
    }

    private func waits(_ limiter: RateLimiter, _ count: Int) async throws {
        let limit = ContinuousClock.now + .seconds(20)
        while limiter.waitingCount != count {
            guard ContinuousClock.now < limit else {
                throw Unexpected("\(limiter.waitingCount) calls wait, not \(count)")
            }
            await Task.yield()
        }
    }

    @Test("calls begin in the order in which they came, one slot apart")
    func order() async throws {
        let time = StandingTime()
        let limiter = RateLimiter(rate: 2, mostInFlight: 10, time: time)
        limiter.end(try await limiter.begin())
        let (begun, begins) = AsyncStream.makeStream(of: Int.self)
        var calls: [Task<Void, any Error>] = []
        for number in 1...3 {
            calls.append(
                Task {
                    let ticket = try await limiter.begin()
                    begins.yield(number)
                    limiter.end(ticket)
                }
            )
            try await waits(limiter, number)
        }
        var sleeps = time.sleeps.makeAsyncIterator()
        var order = begun.makeAsyncIterator()
        for number in 1...3 {
            _ = await sleeps.next()
            time.move(by: 1.01)
            #expect(await order.next() == number)
        }
        for call in calls { try await call.value }
    }

    @Test("a cancelled call leaves the queue, and the one behind it begins in its place")
    func cancelling() async throws {
        let time = StandingTime()
        let limiter = RateLimiter(rate: 1, mostInFlight: 10, time: time)
        limiter.end(try await limiter.begin())
        let first = Task { try await limiter.begin() }
        try await waits(limiter, 1)
        let second = Task { try await limiter.begin() }
        try await waits(limiter, 2)
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
        #expect(limiter.waitingCount == 1)
        var sleeps = time.sleeps.makeAsyncIterator()
        _ = await sleeps.next()
        time.move(by: 1.1)
        _ = try await second.value
    }

    @Test("a call that is cancelled already never waits")
    func cancelledBefore() async throws {
        let limiter = RateLimiter(rate: 1, mostInFlight: 1, time: StandingTime())
        let held = try await limiter.begin()
        let (gate, opener) = AsyncStream.makeStream(of: Void.self)
        let call = Task {
            for await _ in gate { break }
            _ = try await limiter.begin()
        }
        call.cancel()
        opener.finish()
        await #expect(throws: CancellationError.self) { try await call.value }
        #expect(limiter.waitingCount == 0)
        limiter.end(held)
    }

    @Test("a pause that begins while calls wait holds them until its end")
    func pausing() async throws {
        let time = StandingTime()
        let limiter = RateLimiter(rate: 1, mostInFlight: 10, time: time)
        limiter.end(try await limiter.begin())
        let call = Task {
            _ = try await limiter.begin()
            return time.now()
        }
        try await waits(limiter, 1)
        var sleeps = time.sleeps.makeAsyncIterator()
        _ = await sleeps.next()
        let started = time.now()
        limiter.pause(until: started.addingTimeInterval(30))
        time.move(by: 2)
        _ = await sleeps.next()
        #expect(limiter.waitingCount == 1)
        time.move(by: 28)
        #expect(try await call.value.timeIntervalSince(started) >= 30)
    }
}
