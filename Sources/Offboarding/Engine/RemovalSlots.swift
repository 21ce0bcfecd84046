import Synchronization

/// Bounds how many DELETEs are under way at once, first come, first served.
///
/// With more, a plan could wait behind the rate limit for longer than it stays fresh (rule 9).
final class RemovalSlots: Sendable {
    private struct State {
        var free: Int
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    init(_ slots: Int) { state = Mutex(State(free: slots)) }

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

    func leave() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            if state.waiters.isEmpty {
                state.free += 1
                return nil
            }
            return state.waiters.removeFirst()
        }
        next?.resume()
    }
}
