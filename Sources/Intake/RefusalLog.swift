import CoreMetrics
import Foundation
import Logging
import Synchronization

/// Counts refused requests, and logs them at warning: the first of each reason at once, then one line a minute with how
/// many there were.
///
/// A stranger can cause refusals at will, and must not be able to fill the disk with them.
final class RefusalLog: Sendable {
    /// Seconds between two lines about one cause.
    static let interval: TimeInterval = 60

    private struct Seen {
        let reason: RefusalReason
        let counter: Counter
        var loggedAt: Date
        var unlogged = 0
    }

    private let logger: Logger
    private let sender: String
    private let instruments: IntakeInstruments
    /// Tells a person when a sender has nothing but refusals.
    let watch: RefusalWatch?
    /// One for each reason that was seen, of which there are few.
    private let seen = Mutex<[Seen]>([])

    init(sender: String, instruments: IntakeInstruments, logger: Logger, watch: RefusalWatch? = nil) {
        self.sender = sender
        self.instruments = instruments
        self.watch = watch
        self.logger = logger
    }

    /// - Parameters:
    ///   - details: numbers such as a clock's skew; no secret, signature or email.
    func refused(because reason: RefusalReason, details: [String: String] = [:], at now: Date) {
        if reason.isOurs { instruments.unavailable.increment() } else { instruments.refused.increment() }
        watch?.refused(because: reason, at: now)
        let unlogged = seen.withLock { seen -> Int? in
            guard let index = seen.firstIndex(where: { $0.reason == reason }) else {
                seen.append(Seen(reason: reason, counter: instruments.refusals(because: reason), loggedAt: now))
                seen[seen.endIndex - 1].counter.increment()
                return 0
            }
            seen[index].counter.increment()
            guard now.timeIntervalSince(seen[index].loggedAt) >= Self.interval || now < seen[index].loggedAt else {
                seen[index].unlogged += 1
                return nil
            }
            let unlogged = seen[index].unlogged
            seen[index].loggedAt = now
            seen[index].unlogged = 0
            return unlogged
        }
        guard let unlogged else { return }
        watch?.enter(unlogged + 1, because: reason, at: now)
        var metadata: Logger.Metadata = ["sender": "\(sender)", "cause": "\(reason.word)"]
        for (name, value) in details { metadata[name] = "\(value)" }
        if unlogged > 0 { metadata["refused_since_last_line"] = "\(unlogged)" }
        logger.warning("request refused", metadata: metadata)
    }
}
