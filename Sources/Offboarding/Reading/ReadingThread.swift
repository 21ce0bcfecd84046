import Foundation
import Synchronization

/// One reading of some deliveries on a thread of its own, so that one that does not come to an end can be left behind.
///
/// A thread cannot be ended from outside. One that was left behind goes on until it returns or the process ends; its
/// answer is dropped, and it touches nothing that others use.
final class ReadingThread: Sendable {
    /// How a reading ended.
    enum End: Sendable {
        /// One interpretation for each delivery.
        case read([Interpretation])
        /// The delivery behind those that were read takes too long; its thread was left behind, and the mark still
        /// names it.
        case stalled(behind: [Interpretation])
        /// The task was cancelled. That says nothing about the delivery.
        case cancelled
    }

    private struct State {
        var read: [Interpretation] = []
        /// When the reading of the present delivery began.
        var began: ContinuousClock.Instant
        var end: End?
        var waiting: CheckedContinuation<End, Never>?
    }

    private let deliveries: [Delivery]
    private let place: ReadingPlace
    private let parts: EngineParts
    private let bound: Duration
    /// Called when a thread that was left behind has returned after all.
    private let onLateReturn: @Sendable () -> Void
    private let state: Mutex<State>

    /// - Parameter bound: how long the reading of one delivery may take, by the clock that never steps.
    init(
        _ deliveries: [Delivery],
        in place: ReadingPlace,
        parts: EngineParts,
        bound: Duration,
        onLateReturn: @escaping @Sendable () -> Void
    ) {
        self.deliveries = deliveries
        self.place = place
        self.parts = parts
        self.bound = bound
        self.onLateReturn = onLateReturn
        state = Mutex(State(began: parts.time.instant()))
    }

    /// Reads, and returns at the latest when one delivery has taken too long or the task is cancelled. Once only.
    func run() async -> End {
        let watch = Task { await self.watch() }
        defer { watch.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let end = state.withLock { state in
                    if state.end == nil { state.waiting = continuation }
                    return state.end
                }
                if let end { return continuation.resume(returning: end) }
                Thread.detachNewThread { self.read() }
            }
        } onCancel: {
            end { _ in .cancelled }
        }
    }

    private func read() {
        for delivery in deliveries {
            guard begin(delivery) else { break }
            let interpretation = parts.interpreter.interpret(delivery)
            state.withLock { if $0.end == nil { $0.read.append(interpretation) } }
        }
        let isInTime = end { .read($0.read) }
        if !isInTime, case .stalled = state.withLock(\.end) { onLateReturn() }
    }

    /// - Returns: `false` where the reading is over already.
    private func begin(_ delivery: Delivery) -> Bool {
        state.withLock { state in
            guard state.end == nil else { return false }
            state.began = parts.time.instant()
            parts.mark.set(delivery.id, in: place)
            return true
        }
    }

    /// Ends the reading unless it has ended; in every way but a stall the mark goes with it.
    @discardableResult
    private func end(_ how: (State) -> End) -> Bool {
        let (isFirst, waiting, end) = state.withLock { state -> (Bool, CheckedContinuation<End, Never>?, End) in
            if let end = state.end { return (false, nil, end) }
            let end = how(state)
            state.end = end
            if case .stalled = end {} else { parts.mark.set(nil, in: place) }
            defer { state.waiting = nil }
            return (true, state.waiting, end)
        }
        waiting?.resume(returning: end)
        return isFirst
    }

    private func watch() async {
        while let began = state.withLock({ $0.end == nil ? $0.began : nil }) {
            let left = bound - (parts.time.instant() - began)
            guard left > .zero else {
                end { .stalled(behind: $0.read) }
                return
            }
            do { try await parts.time.sleep(seconds: left / .seconds(1)) } catch { return }
        }
    }
}
