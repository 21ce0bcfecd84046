public import Foundation

/// Where time comes from, so that tests need not wait.
public protocol TimeSource: Sendable {
    /// The wall clock: what is stored and compared with other machines' times.
    func now() -> Date
    /// A clock that never steps: what orders a reading after a DELETE's answer.
    func instant() -> ContinuousClock.Instant
    /// Returns after so many seconds, or throws `CancellationError`.
    func sleep(seconds: TimeInterval) async throws
}

/// The machine's clocks.
public struct SystemTime: TimeSource {
    public init() {}

    /// In whole milliseconds, which is what stores keep.
    public func now() -> Date { Date().wholeMilliseconds }
    public func instant() -> ContinuousClock.Instant { .now }
    public func sleep(seconds: TimeInterval) async throws { try await Task.sleep(for: .seconds(seconds)) }
}

extension Date {
    /// The time in whole milliseconds, so that it survives a store unchanged.
    public var wholeMilliseconds: Date {
        Date(timeIntervalSince1970: (timeIntervalSince1970 * 1000).rounded() / 1000)
    }
}
