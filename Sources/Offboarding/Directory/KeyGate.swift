import Synchronization

/// Keeps a key's DELETEs and the reading of its lists apart (rule 2): many DELETEs at once, or one reading.
///
/// First come, first served, so that neither starves the other.
final class KeyGate: Sendable {
    private enum Purpose { case reading, removing }

    private struct Waiter {
        let purpose: Purpose
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var isReading = false
        var removing = 0
        var waiters: [Waiter] = []
    }

    private let state = Mutex(State())

    /// Runs a reading while no DELETE of this key is under way.
    func reading<Answer: Sendable>(_ body: @Sendable () async -> Answer) async -> Answer {
        await enter(.reading)
        defer { leave(.reading) }
        return await body()
    }

    /// Runs a DELETE while no list of this key is being read.
    func removing<Answer: Sendable>(_ body: @Sendable () async -> Answer) async -> Answer {
        await enter(.removing)
        defer { leave(.removing) }
        return await body()
    }

    private func enter(_ purpose: Purpose) async {
        await withCheckedContinuation { continuation in
            let entered = state.withLock { state in
                guard state.waiters.isEmpty, Self.admits(purpose, state) else {
                    state.waiters.append(Waiter(purpose: purpose, continuation: continuation))
                    return false
                }
                Self.take(purpose, &state)
                return true
            }
            if entered { continuation.resume() }
        }
    }

    private func leave(_ purpose: Purpose) {
        let ready = state.withLock { state in
            switch purpose {
            case .reading: state.isReading = false
            case .removing: state.removing -= 1
            }
            var ready: [Waiter] = []
            while let first = state.waiters.first, Self.admits(first.purpose, state) {
                Self.take(first.purpose, &state)
                ready.append(state.waiters.removeFirst())
            }
            return ready
        }
        for waiter in ready { waiter.continuation.resume() }
    }

    private static func admits(_ purpose: Purpose, _ state: State) -> Bool {
        switch purpose {
        case .reading: !state.isReading && state.removing == 0
        case .removing: !state.isReading
        }
    }

    private static func take(_ purpose: Purpose, _ state: inout State) {
        switch purpose {
        case .reading: state.isReading = true
        case .removing: state.removing += 1
        }
    }
}
