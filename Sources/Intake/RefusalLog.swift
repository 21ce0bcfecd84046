import Foundation
import Logging
import Synchronization

/// Logs refused requests at warning: the first of each cause at once, then one line a minute with how many there were.
///
/// A stranger can cause refusals at will, and must not be able to fill the disk with them.
final class RefusalLog: Sendable {
    /// Seconds between two lines about one cause.
    static let interval: TimeInterval = 60

    private struct Seen {
        var loggedAt: Date
        var unlogged = 0
    }

    private let logger: Logger
    private let sender: String
    /// Tells a person when a sender has nothing but refusals.
    let watch: RefusalWatch?
    private let seen = Mutex<[String: Seen]>([:])

    init(sender: String, logger: Logger, watch: RefusalWatch? = nil) {
        self.sender = sender
        self.watch = watch
        self.logger = logger
    }

    /// - Parameters:
    ///   - cause: a word from a fixed list; nothing that the request brought.
    ///   - details: numbers such as a clock's skew; no secret, signature or email.
    func refused(because cause: String, details: [String: String] = [:], at now: Date) {
        watch?.refused(because: cause, at: now)
        let unlogged = seen.withLock { seen -> Int? in
            guard var known = seen[cause] else {
                seen[cause] = Seen(loggedAt: now)
                return 0
            }
            defer { seen[cause] = known }
            guard now.timeIntervalSince(known.loggedAt) >= Self.interval || now < known.loggedAt else {
                known.unlogged += 1
                return nil
            }
            let unlogged = known.unlogged
            known = Seen(loggedAt: now)
            return unlogged
        }
        guard let unlogged else { return }
        var metadata: Logger.Metadata = ["sender": "\(sender)", "cause": "\(cause)"]
        for (name, value) in details { metadata[name] = "\(value)" }
        if unlogged > 0 { metadata["refused_since_last_line"] = "\(unlogged)" }
        logger.warning("request refused", metadata: metadata)
    }
}
