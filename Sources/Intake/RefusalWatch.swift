import Foundation
import Logging
import Offboarding
import Synchronization

/// Notices that a sender has only refusals, or that its clock is off, and has a person told once until it changes.
///
/// What it saw lives in memory: after a restart it counts anew, and the store knows what was told.
final class RefusalWatch: Sendable {
    /// So many refusals, with nothing accepted beside them, are told.
    static let fewest = 5
    /// Within so many seconds.
    static let window: TimeInterval = 600

    private struct Seen {
        /// The latest refusals, as many as are needed; the oldest first.
        var refusals: [Date] = []
        var acceptedAt: Date?
        var toldRefusals = false
        /// Whether the clock that was told of was behind ours.
        var toldBehind: Bool?
        /// Whether the store may hold something told that is over: true until the first acceptance after a start.
        var mayBeTold = true
    }

    private enum Event: Sendable {
        case refusals(cause: String)
        case skew(seconds: Double)
        case over
    }

    private let sender: String
    private let store: any Store
    private let logger: Logger
    private let seen = Mutex(Seen())

    init(sender: String, store: any Store, logger: Logger) {
        self.sender = sender
        self.store = store
        self.logger = logger
    }

    /// - Parameter cause: a word from a fixed list.
    func refused(because cause: String, at now: Date) {
        let isNews = seen.withLock { seen -> Bool in
            seen.refusals.append(now)
            if seen.refusals.count > Self.fewest { seen.refusals.removeFirst() }
            guard !seen.toldRefusals, seen.refusals.count == Self.fewest, let first = seen.refusals.first,
                now.timeIntervalSince(first) <= Self.window,
                seen.acceptedAt.map({ now.timeIntervalSince($0) > Self.window }) ?? true
            else { return false }
            seen.toldRefusals = true
            return true
        }
        if isNews { tell(.refusals(cause: cause), at: now) }
    }

    /// - Parameter skew: how many seconds the sender's clock is behind ours; negative where it is ahead.
    func skewed(by skew: Double, at now: Date) {
        let isNews = seen.withLock { seen -> Bool in
            guard seen.toldBehind != (skew > 0) else { return false }
            seen.toldBehind = skew > 0
            return true
        }
        if isNews { tell(.skew(seconds: skew), at: now) }
    }

    /// A request was verified and stored, or was a repetition of one.
    func accepted(at now: Date) {
        let isOver = seen.withLock { seen -> Bool in
            seen.acceptedAt = now
            let isOver = seen.mayBeTold || seen.toldRefusals || seen.toldBehind != nil
            seen.mayBeTold = false
            seen.toldRefusals = false
            seen.toldBehind = nil
            return isOver
        }
        if isOver { tell(.over, at: now) }
    }

    /// Puts it into the store beside the request, which waits for nothing of it.
    private func tell(_ event: Event, at now: Date) {
        Task { [self] in
            do {
                try await store.write { [sender] session in
                    try Self.write(event, sender: sender, NoticeBoard(session: session, now: now), now)
                }
            } catch {
                seen.withLock { seen in
                    switch event {
                    case .refusals: seen.toldRefusals = false
                    case .skew: seen.toldBehind = nil
                    case .over: seen.mayBeTold = true
                    }
                }
                logger.warning(
                    "a notice about a sender could not be stored",
                    metadata: ["sender": "\(sender)", "error": "\(error)"]
                )
            }
        }
    }

    private static func write(_ event: Event, sender: String, _ board: NoticeBoard, _ now: Date) throws {
        let refusals = "sender \(sender), refusals"
        let skew = "sender \(sender), skew"
        switch event {
        case .refusals(let cause):
            let reason = "at least \(fewest) requests refused within 10 minutes and none accepted; the last: \(cause)"
            let notice = Notice(kind: .refusals, at: now, sender: sender, reason: reason)
            try board.post(notice, about: refusals, because: "only refusals")
        case .skew(let seconds):
            let side = seconds > 0 ? "behind" : "ahead of"
            let distance = Int(abs(seconds).rounded())
            let reason = "a valid signature had a timestamp \(distance) s \(side) this machine's clock"
            let notice = Notice(kind: .skew, at: now, sender: sender, reason: reason)
            try board.post(notice, about: skew, because: side)
        case .over:
            try board.withdraw(refusals)
            try board.withdraw(skew)
        }
    }
}
