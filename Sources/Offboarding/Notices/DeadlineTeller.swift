public import Foundation
public import Logging

/// Tells, once for each case, that somebody still has access ``deadline`` after their departure was told and in effect.
///
/// Whatever the case waits for: a person who has to decide, a key that fails, or Vultr.
public final class DeadlineTeller: Sendable {
    private let store: any Store
    private let policy: Policy
    private let time: any TimeSource
    private let logger: Logger

    /// Seconds that a removal may take before a person hears of it. The same as in the alert rules.
    public static let deadline: TimeInterval = 900
    /// Seconds between two looks.
    static let interval: TimeInterval = 15
    /// Cases told of in one transaction.
    private static let most = 100

    public init(store: any Store, policy: Policy, time: any TimeSource, logger: Logger) {
        self.store = store
        self.policy = policy
        self.time = time
        self.logger = logger
    }

    /// Tells until the task is cancelled. Where the policy removes nobody there is nothing to tell.
    public func run() async {
        while !Task.isCancelled {
            do {
                if policy.mode == .enforce { while try await tell(), !Task.isCancelled {} }
            } catch {
                logger.error("deadlines wait, since the store does not answer", metadata: ["error": "\(error)"])
            }
            do { try await time.sleep(seconds: Self.interval) } catch { return }
        }
    }

    /// Puts up notices about cases that are past it and were not told.
    ///
    /// - Returns: whether there may be more.
    func tell() async throws -> Bool {
        let now = time.now()
        let (shadows, began) = (policy.shadows, now.addingTimeInterval(-Self.deadline))
        let late = try await store.read { session in
            try session.untoldCases(unrevokedSince: began, now: now, shadows: shadows, limit: Self.most)
        }
        guard !late.isEmpty else { return false }
        try await store.write { session in
            let board = NoticeBoard(session: session, now: now)
            for one in late {
                guard let current = try session.case(one.id), current.state.isOpen else { continue }
                try board.postDeadline(current)
            }
        }
        for one in late {
            logger.warning(
                "access is still live past the deadline",
                metadata: ["case": "\(one.id)", "state": "\(one.state.rawValue)", "sender": "\(one.sender)"]
            )
        }
        return late.count == Self.most
    }
}
