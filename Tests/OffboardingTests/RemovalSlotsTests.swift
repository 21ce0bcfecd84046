import Foundation
import Synchronization
import Testing

@testable import Offboarding

@Suite("DELETEs under way at once", .timeLimit(.minutes(5)))
struct RemovalSlotsTests {
    /// Never comes to an end by itself.
    private struct NoTime: TimeSource {
        func now() -> Date { Samples.now }
        func instant() -> ContinuousClock.Instant { .now }
        func sleep(seconds: TimeInterval) async throws { try await Task.sleep(for: .seconds(3600)) }
    }

    private struct Hurry: TimeSource {
        func now() -> Date { Samples.now }
        func instant() -> ContinuousClock.Instant { .now }
        func sleep(seconds: TimeInterval) async throws {}
    }

    @Test("where nothing is under way nobody waits")
    func quietAtOnce() async { await RemovalSlots(2).quiet(within: 30, by: NoTime()) }

    @Test("whoever waits for quiet is let go when the last one has left")
    func quietAtTheEnd() async {
        let slots = RemovalSlots(2)
        let isQuiet = Atomic<Bool>(false)
        await slots.enter()
        await slots.enter()
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await slots.quiet(within: 30, by: NoTime())
                isQuiet.store(true, ordering: .sequentiallyConsistent)
            }
            group.addTask {
                // Waits for a slot, and so there is no quiet before it has left.
                await slots.enter()
                #expect(!isQuiet.load(ordering: .sequentiallyConsistent))
                slots.leave()
            }
            slots.leave()
            slots.leave()
            await group.waitForAll()
        }
        #expect(isQuiet.load(ordering: .sequentiallyConsistent))
        await slots.quiet(within: 30, by: NoTime())
    }

    @Test("nobody waits longer than asked, or after a cancellation")
    func bounded() async {
        let slots = RemovalSlots(1)
        await slots.enter()
        await slots.quiet(within: 30, by: Hurry())
        let waiting = Task { await slots.quiet(within: 30, by: NoTime()) }
        waiting.cancel()
        await waiting.value
        slots.leave()
    }
}
