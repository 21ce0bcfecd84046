import Foundation
import Synchronization
import Testing

@testable import Offboarding

@Suite("Things under way at once", .timeLimit(.minutes(5)))
struct SlotsTests {
    /// Never comes to an end by itself.
    private struct NoTime: TimeSource {
        func now() -> Date { Samples.start }
        func instant() -> ContinuousClock.Instant { .now }
        func sleep(seconds: TimeInterval) async throws { try await Task.sleep(for: .seconds(3600)) }
    }

    private struct Hurry: TimeSource {
        func now() -> Date { Samples.start }
        func instant() -> ContinuousClock.Instant { .now }
        func sleep(seconds: TimeInterval) async throws {}
    }

    @Test("where nothing is under way nobody waits")
    func quietAtOnce() async { await Slots(2).quiet(within: 30, by: NoTime()) }

    @Test("whoever waits for quiet is let go when the last one has left, and not before")
    func quietAtTheEnd() async {
        let slots = Slots(2)
        let isQuiet = Flag()
        await slots.enter()
        await slots.enter()
        let waiting = Task {
            await slots.quiet(within: 30, by: NoTime())
            isQuiet.set()
        }
        slots.leave()
        #expect(!isQuiet.isSet)
        slots.leave()
        await waiting.value
        await slots.quiet(within: 30, by: NoTime())
    }

    @Test("nobody waits longer than asked, or after a cancellation")
    func bounded() async {
        let slots = Slots(1)
        await slots.enter()
        await slots.quiet(within: 30, by: Hurry())
        let waiting = Task { await slots.quiet(within: 30, by: NoTime()) }
        waiting.cancel()
        await waiting.value
        slots.leave()
    }

    @Test("what takes long gives its slot to the next one, and gives it back once")
    func long() async {
        let slots = Slots(1)
        let (ends, end) = AsyncStream.makeStream(of: Void.self)
        let long = Task { await slots.during(atMost: 1, by: Hurry()) { for await _ in ends {} } }
        // Comes in while the first one goes on.
        await slots.during(atMost: 1, by: NoTime()) {}
        end.finish()
        await long.value
        await slots.enter()
        let isIn = Flag()
        let second = Task {
            await slots.enter()
            isIn.set()
        }
        #expect(!isIn.isSet)
        slots.leave()
        await second.value
    }
}

private final class Flag: Sendable {
    private let value = Atomic<Bool>(false)

    var isSet: Bool { value.load(ordering: .sequentiallyConsistent) }

    func set() { value.store(true, ordering: .sequentiallyConsistent) }
}
