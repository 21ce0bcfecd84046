import Foundation
import Synchronization

/// Bounds how many things of a kind are under way at once, first come, first served.
final class Slots: Sendable {
    private struct State {
        let slots: Int
        var free: Int
        var waiters: [CheckedContinuation<Void, Never>] = []
        /// Those who wait until nothing is under way.
        var listeners: [UInt64: CheckedContinuation<Void, Never>] = [:]
        var lastListener: UInt64 = 0

        var isQuiet: Bool { free == slots }
    }

    private let state: Mutex<State>

    init(_ slots: Int) { state = Mutex(State(slots: slots, free: slots)) }

    /// Returns when a slot is the caller's.
    func enter() async {
        await withCheckedContinuation { continuation in
            let entered = state.withLock { state in
                guard state.free > 0 else {
                    state.waiters.append(continuation)
                    return false
                }
                state.free -= 1
                return true
            }
            if entered { continuation.resume() }
        }
    }

    /// Does something in a slot, which it gives back at its end or after so many seconds, whichever is earlier.
    func during<Answer: Sendable>(
        atMost seconds: TimeInterval,
        by time: any TimeSource,
        _ body: @Sendable () async -> Answer
    ) async -> Answer {
        await enter()
        let place = Place(self)
        let timer = Task {
            // Cancelled: it is over.
            do { try await time.sleep(seconds: seconds) } catch { return }
            place.leave()
        }
        defer {
            timer.cancel()
            place.leave()
        }
        return await body()
    }

    /// A slot that is given back once.
    private final class Place: Sendable {
        private let slots: Slots
        private let isLeft = Atomic<Bool>(false)

        init(_ slots: Slots) { self.slots = slots }

        func leave() {
            if !isLeft.exchange(true, ordering: .acquiringAndReleasing) { slots.leave() }
        }
    }

    func leave() {
        let next = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            guard state.waiters.isEmpty else { return [state.waiters.removeFirst()] }
            state.free += 1
            guard state.isQuiet else { return [] }
            defer { state.listeners = [:] }
            return Array(state.listeners.values)
        }
        for continuation in next { continuation.resume() }
    }

    /// Returns when nothing is under way and nothing waits, or after so many seconds; at once where the task is cancelled.
    func quiet(within seconds: TimeInterval, by time: any TimeSource) async {
        if state.withLock(\.isQuiet) { return }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.becomesQuiet() }
            group.addTask {
                // Cancelled: the others are done.
                do { try await time.sleep(seconds: seconds) } catch { return }
            }
            await group.next()
            group.cancelAll()
        }
    }

    private func becomesQuiet() async {
        let number = state.withLock { state in
            state.lastListener += 1
            return state.lastListener
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    // Under the lock: a cancellation after this look finds the entry, one before it is seen here.
                    if Task.isCancelled || state.isQuiet { return true }
                    state.listeners[number] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.listeners.removeValue(forKey: number) }?.resume()
        }
    }
}
