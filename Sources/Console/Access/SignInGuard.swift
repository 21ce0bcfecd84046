import Foundation
import HTTPListener
import Offboarding
import Synchronization

/// Slows down whoever tries tokens: after some failures an address waits.
final class SignInGuard: Sendable {
    private struct Failures {
        var count: Int
        var since: Date
    }

    /// Failures of one address within ``window`` that are answered like any.
    static let allowed = 20
    /// In seconds.
    static let window: TimeInterval = 60
    /// Addresses that are remembered; beyond them all wait together.
    private static let most = 10_000

    private let time: any TimeSource
    private let failures = Mutex<[IPAddress: Failures]>([:])

    init(time: any TimeSource) { self.time = time }

    /// Seconds that an address has to wait; `nil` where it need not.
    func wait(_ client: IPAddress) -> Int? {
        let now = time.now()
        return failures.withLock { failures in
            failures = failures.filter { abs(now.timeIntervalSince($0.value.since)) < Self.window }
            guard let own = failures[client] else {
                return failures.count >= Self.most ? Int(Self.window) : nil
            }
            guard own.count >= Self.allowed else { return nil }
            return max(1, Int((Self.window - now.timeIntervalSince(own.since)).rounded(.up)))
        }
    }

    func failed(_ client: IPAddress) {
        let now = time.now()
        failures.withLock { failures in
            failures[client, default: Failures(count: 0, since: now)].count += 1
        }
    }
}
