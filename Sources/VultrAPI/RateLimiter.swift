import Foundation
import Offboarding
import Synchronization

/// The one gate through which every request of every key goes, in the order in which they came.
///
/// Vultr counts per source address, so keys share one limiter (reference: API, section 6). ``Pace`` decides; this type
/// keeps the waiting calls and the one timer.
final class RateLimiter: Sendable {
    /// The shortest sleep: a timer that comes a rounding error too early must not spin.
    private static let shortestSleep: TimeInterval = 0.000_1

    private typealias Waiting = CheckedContinuation<Pace.Ticket?, Never>

    private struct State {
        var pace: Pace
        /// The order of arrival; may still name calls that were cancelled.
        var order = FIFO<UInt64>()
        var waiting: [UInt64: Waiting] = [:]
        var lastNumber: UInt64 = 0
        var timer: (number: UInt64, at: Pace.Instant, task: Task<Void, Never>)?

        mutating func nextNumber() -> UInt64 {
            lastNumber += 1
            return lastNumber
        }

        /// The call that waits longest, after names of cancelled ones were dropped.
        mutating func longestWaiting() -> (number: UInt64, continuation: Waiting)? {
            while let number = order.first {
                if let continuation = waiting[number] { return (number, continuation) }
                order.removeFirst()
            }
            return nil
        }
    }

    private let time: any TimeSource
    private let state: Mutex<State>

    /// - Parameters:
    ///   - rate: Requests a second that may begin.
    ///   - mostInFlight: Requests that may be begun and not ended.
    init(rate: Int, mostInFlight: Int, time: any TimeSource) {
        self.time = time
        state = Mutex(State(pace: Pace(rate: rate, mostInFlight: mostInFlight)))
    }

    /// How many calls wait.
    var waitingCount: Int { state.withLock { $0.waiting.count } }

    /// Returns when a request may begin. Whoever got the ticket gives it back with ``end(_:)``.
    func begin() async throws(CancellationError) -> Pace.Ticket {
        let number = state.withLock { $0.nextNumber() }
        let ticket = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: Waiting) in
                let entered = state.withLock { state in
                    // Under the lock: a cancellation after this look finds the entry, one before it is seen here.
                    guard !Task.isCancelled else { return false }
                    state.order.append(number)
                    state.waiting[number] = continuation
                    return true
                }
                if entered { admit() } else { continuation.resume(returning: nil) }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: number) }?.resume(returning: nil)
        }
        guard let ticket else { throw CancellationError() }
        return ticket
    }

    /// Takes note that a request was answered or has failed.
    func end(_ ticket: Pace.Ticket) {
        state.withLock { $0.pace.end(ticket, at: time.instant()) }
        admit()
    }

    /// Lets no request of any key begin before `date`, after Vultr asked for it.
    func pause(until date: Date) {
        let seconds = date.timeIntervalSince(time.now())
        guard seconds > 0 else { return }
        state.withLock { $0.pace.pause(until: time.instant() + .seconds(seconds)) }
    }

    /// Divides the rate among so many processes that use it side by side.
    func share(among count: Int) { state.withLock { $0.pace.share(among: count) } }

    /// Lets in whoever may begin now and sets the timer for the next one.
    private func admit() {
        let admitted = state.withLock { state -> [(Waiting, Pace.Ticket)] in
            var admitted: [(Waiting, Pace.Ticket)] = []
            let now = time.instant()
            while let (number, continuation) = state.longestWaiting() {
                switch state.pace.ask(at: now) {
                case .begin(let ticket):
                    state.order.removeFirst()
                    state.waiting[number] = nil
                    admitted.append((continuation, ticket))
                case .at(let instant):
                    arm(&state, for: instant, now: now)
                    return admitted
                case .whenOneEnds:
                    return admitted
                }
            }
            return admitted
        }
        for (continuation, ticket) in admitted { continuation.resume(returning: ticket) }
    }

    private func arm(_ state: inout State, for instant: Pace.Instant, now: Pace.Instant) {
        if let timer = state.timer {
            guard instant < timer.at else { return }
            timer.task.cancel()
        }
        let number = state.nextNumber()
        let seconds = max(Self.shortestSleep, (instant - now).seconds)
        let task = Task {
            do {
                try await time.sleep(seconds: seconds)
            } catch {
                // Cancelled: an earlier timer has taken this one's place.
                return
            }
            self.state.withLock { if $0.timer?.number == number { $0.timer = nil } }
            admit()
        }
        state.timer = (number, instant, task)
    }
}

extension Duration {
    /// The duration in seconds.
    var seconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) / 1e18
    }
}
