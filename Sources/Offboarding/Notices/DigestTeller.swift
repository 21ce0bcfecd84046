import Foundation
public import Logging

/// Tells once a day who left and what is open, so that a day without a message is itself a sign that something is wrong.
public final class DigestTeller: Sendable {
    private let store: any Store
    private let policy: Policy
    private let time: any TimeSource
    private let logger: Logger

    /// Seconds between two looks whether it is time.
    static let interval: TimeInterval = 600
    private static let daily = DailyNotice(subject: "digest")

    public init(store: any Store, policy: Policy, time: any TimeSource, logger: Logger) {
        self.store = store
        self.policy = policy
        self.time = time
        self.logger = logger
    }

    /// Tells until the task is cancelled.
    public func run() async {
        while !Task.isCancelled {
            await tell()
            do { try await time.sleep(seconds: Self.interval) } catch { return }
        }
    }

    /// Puts up the day's notice if it is due.
    func tell() async {
        let (now, shadows) = (time.now(), policy.shadows)
        do {
            try await Self.daily.postIfDue(in: store, at: now) { since, session in
                let digest = Digest(
                    from: since,
                    to: now,
                    finished: try session.cases(finishedFrom: since, to: now),
                    figures: try session.figures(at: now, shadows: shadows),
                    checkpoint: try session.auditCheckpoint()
                )
                let reason = "\(digest.removed) removed, \(digest.open.values.reduce(0, +)) open"
                var notice = Notice(kind: .digest, at: now, sender: Case.commandLine, reason: reason)
                notice.digest = digest
                return notice
            }
        } catch {
            logger.warning("there is no digest this time", metadata: ["error": "\(error)"])
        }
    }
}
