import Foundation
public import Logging

/// Tells each target of each notice once, until its task is cancelled.
///
/// The first notice of a kind goes out at once; what follows within ``gathering`` is summed into one message. A message is
/// stored before it is sent and keeps its id over every try, also over the end of the process; a target that was reached
/// just before the process died is sent the same message under the same id.
public final class Notifier: Sendable {
    private let store: any Store
    private let sender: any NoticeSender
    private let retry: RetryPolicy
    private let time: any TimeSource
    private let instruments: NoticeInstruments
    private let logger: Logger

    static let pollInterval: TimeInterval = 0.5
    /// How long notices of one kind are gathered after a message about it, in seconds.
    static let gathering: TimeInterval = 30
    /// After so many seconds a message counts as lost with its process. Longer than sending may take.
    static let lease: TimeInterval = 30
    /// A target that is new is told what happened in these seconds before, and nothing older.
    static let newcomersPast: TimeInterval = 3600

    public init(
        store: any Store,
        sender: any NoticeSender,
        retry: RetryPolicy,
        time: any TimeSource,
        instruments: NoticeInstruments = NoticeInstruments(),
        logger: Logger
    ) {
        self.store = store
        self.sender = sender
        self.retry = retry
        self.time = time
        self.instruments = instruments
        self.logger = logger
    }

    /// Works until the task is cancelled.
    public func run() async {
        await withTaskGroup(of: Void.self) { group in
            // Each on its own: a target that hangs holds up no other.
            for target in sender.targets { group.addTask { await self.run(target.name, target.kinds) } }
        }
    }

    private func run(_ target: String, _ kinds: [Notice.Kind]) async {
        while !Task.isCancelled {
            do {
                try await compose(target, kinds)
                while try await sendNext(to: target), !Task.isCancelled {}
            } catch {
                logger.error("notices wait, since the store does not answer", metadata: ["error": "\(error)"])
            }
            do { try await time.sleep(seconds: Self.pollInterval) } catch { return }
        }
    }

    /// Makes messages of what the target has not been told.
    func compose(_ target: String, _ kinds: [Notice.Kind]) async throws {
        let now = time.now()
        let waiting = try await store.read { session in
            try kinds.filter { try Self.isWaiting(target, $0, now: now, in: session) }
        }
        guard !waiting.isEmpty else { return }
        try await store.write { session in
            for kind in waiting { try Self.compose(target, kind, now: now, in: session) }
        }
    }

    private static func isWaiting(
        _ target: String,
        _ kind: Notice.Kind,
        now: Date,
        in session: any StoreReadings
    ) throws -> Bool {
        guard let cursor = try session.noticeCursor(of: target, kind) else { return true }
        guard cursor.quietUntil <= now, try !session.hasMessage(to: target, kind) else { return false }
        return try !session.notices(of: kind, after: cursor.through, limit: 1).isEmpty
    }

    private static func compose(
        _ target: String,
        _ kind: Notice.Kind,
        now: Date,
        in session: any StoreSession
    ) throws {
        var cursor =
            try session.noticeCursor(of: target, kind)
            ?? NoticeCursor(
                target: target,
                kind: kind,
                through: try session.lastNotice(before: now.addingTimeInterval(-newcomersPast)),
                quietUntil: now
            )
        // While one is on its way the next gathers: a target that is down gets one sum when it is back.
        if cursor.quietUntil <= now, try !session.hasMessage(to: target, kind) {
            let waiting = try session.notices(of: kind, after: cursor.through, limit: NoticeMessage.mostShown)
                .map { try Self.named($0, in: session) }
            if !waiting.isEmpty {
                let (count, last) = try session.countNotices(of: kind, after: cursor.through)
                try session.insert(
                    NoticeMessage(
                        id: .make(prefix: "msg_", at: now),
                        target: target,
                        kind: kind,
                        notices: waiting,
                        count: count,
                        madeAt: now,
                        dueAt: now
                    )
                )
                cursor.through = last
                cursor.quietUntil = now.addingTimeInterval(gathering)
            }
        }
        try session.save(cursor)
    }

    /// A digest with the people's emails, as far as they are still kept.
    private static func named(_ notice: Notice, in session: any StoreReadings) throws -> Notice {
        guard var digest = notice.digest else { return notice }
        for index in digest.people.indices {
            digest.people[index].email = try session.case(digest.people[index].caseID)?.email
        }
        var named = notice
        named.digest = digest
        return named
    }

    /// Sends one message that is due.
    ///
    /// - Returns: whether there was one.
    func sendNext(to target: String) async throws -> Bool {
        let now = time.now()
        guard try await store.read({ try $0.hasDueMessage(to: target, now: now) }) else { return false }
        let taken = try await store.write { session in
            try session.takeDueMessage(to: target, now: now, again: now.addingTimeInterval(Self.lease))
        }
        guard let message = taken else { return false }
        do throws(NoticeTrouble) {
            try await sender.send(message)
        } catch {
            if Task.isCancelled { return false }
            try await putBack(message, after: error)
            return true
        }
        try await store.write { try $0.removeMessage(message.id) }
        instruments.count(.sent, to: target)
        logger.info("notice sent", metadata: Self.metadata(message))
        return true
    }

    private func putBack(_ message: NoticeMessage, after trouble: NoticeTrouble) async throws {
        var back = message
        back.troubles += 1
        let delay = retry.delay(afterTroubles: back.troubles, asked: trouble.retryAfter)
        back.dueAt = time.now().addingTimeInterval(delay)
        let waiting = back
        instruments.count(.failed, to: message.target)
        try await store.write { try $0.update(waiting) }
        var metadata = Self.metadata(message)
        metadata["tries"] = "\(back.troubles)"
        metadata["reason"] = "\(trouble)"
        logger.warning("a notice was not taken; it is sent again", metadata: metadata)
    }

    /// What a line about a message says of it; the case or the delivery where it is about one.
    private static func metadata(_ message: NoticeMessage) -> Logger.Metadata {
        var metadata: Logger.Metadata = [
            "target": "\(message.target)", "kind": "\(message.kind.rawValue)", "notices": "\(message.count)",
            "message": "\(message.id)",
        ]
        guard message.count == 1, let notice = message.notices.first else { return metadata }
        if let id = notice.caseID { metadata["case"] = "\(id)" }
        if let id = notice.delivery { metadata["delivery"] = "\(id)" }
        if let trace = notice.trace { metadata["trace"] = "\(trace)" }
        return metadata
    }
}
