import Foundation

/// How long a GET waits before it is tried again: full jitter, so that keys which failed together do not return together.
enum Backoff {
    /// How often a GET is tried in one call. Few: what lasts longer than some seconds is the durable retries' business.
    static let mostAttempts = 4
    /// The longest first wait in seconds; each further one may be twice as long.
    static let first: TimeInterval = 0.25
    /// The longest wait in seconds.
    static let ceiling: TimeInterval = 4
    /// How long every key waits after a 429 that does not say how long: the unit in which Vultr counts.
    static let afterRateLimit: TimeInterval = 1

    /// - Parameters:
    ///   - attempt: The attempts made so far, from 1.
    ///   - random: From 0 up to, not including, 1.
    static func seconds(after attempt: Int, random: Double) -> TimeInterval {
        min(ceiling, first * pow(2, Double(max(1, attempt) - 1))) * random
    }
}
