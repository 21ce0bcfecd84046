import Foundation
import Logging
import Offboarding
import Synchronization

/// Notices that a sender has only refusals, or that its clock is off, and has a person told once until it changes. Enters
/// into the audit chain that there were refusals, no oftener than they are logged.
///
/// What it saw lives in memory: after a restart it counts anew, and the store knows what was told.
final class RefusalWatch: Sendable {
    private enum Event: Sendable {
        case refused(cause: String, count: Int)
        case refusals(cause: String)
        case skew(seconds: Double)
        case over
    }

    private let sender: String
    private let store: any Store
    private let logger: Logger
    private let count = Mutex(RefusalCount())
    /// The last write, which the next one waits for: what is over must not overtake what began.
    private let last = Mutex<Task<Void, Never>?>(nil)

    init(sender: String, store: any Store, logger: Logger) {
        self.sender = sender
        self.store = store
        self.logger = logger
    }

    func refused(because reason: RefusalReason, at now: Date) {
        if count.withLock({ $0.refused(at: now) }) { tell(.refusals(cause: reason.word), at: now) }
    }

    /// Enters refusals; called once a minute for each cause at most, since strangers make them at will.
    func enter(_ count: Int, because reason: RefusalReason, at now: Date) {
        tell(.refused(cause: reason.word, count: count), at: now)
    }

    /// - Parameter skew: how many seconds the sender's clock is behind ours; negative where it is ahead.
    func skewed(by skew: Double, at now: Date) {
        if count.withLock({ $0.skewed(isBehind: skew > 0) }) { tell(.skew(seconds: skew), at: now) }
    }

    /// A request was verified and stored, or was a repetition of one.
    func accepted(at now: Date) {
        if count.withLock({ $0.accepted(at: now) }) { tell(.over, at: now) }
    }

    /// Puts it into the store beside the request, which waits for nothing of it.
    private func tell(_ event: Event, at now: Date) {
        last.withLock { last in
            last = Task { [self, last] in
                await last?.value
                await keep(event, at: now)
            }
        }
    }

    private func keep(_ event: Event, at now: Date) async {
        do {
            try await store.write { [sender] session in
                try Self.write(event, sender: sender, in: session, now)
            }
        } catch {
            count.withLock { $0.forget() }
            logger.warning(
                "a notice about a sender could not be stored",
                metadata: ["sender": "\(sender)", "error": "\(error)"]
            )
        }
    }

    private static func write(_ event: Event, sender: String, in session: any StoreSession, _ now: Date) throws {
        let board = NoticeBoard(session: session, now: now)
        let refusals = "sender \(sender), refusals"
        let skew = "sender \(sender), skew"
        switch event {
        case .refused(let cause, let count):
            try session.note(.refused(sender: sender, cause: cause, count: count, at: now))
        case .refusals(let cause):
            let fewest = RefusalCount.fewest
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
