import Foundation
public import Logging

/// Posts messages to the chats that asked, each once, until its task is cancelled.
///
/// A message was stored with what it tells and is removed when it was taken, when another try cannot help, or when the
/// chat takes nothing at its place any more. Who dies between the chat's yes and our note posts it again.
public final class ChatPoster: Sendable {
    private let store: any Store
    private let sender: any ChatSender
    private let retry: RetryPolicy
    private let time: any TimeSource
    private let logger: Logger

    /// People wait for it.
    static let pollInterval: TimeInterval = 0.25
    /// After so many seconds a message counts as lost with its process. Longer than sending may take.
    static let lease: TimeInterval = 30

    public init(
        store: any Store,
        sender: any ChatSender,
        retry: RetryPolicy,
        time: any TimeSource,
        logger: Logger
    ) {
        self.store = store
        self.sender = sender
        self.retry = retry
        self.time = time
        self.logger = logger
    }

    /// Works until the task is cancelled.
    public func run() async {
        await withTaskGroup(of: Void.self) { group in
            // Each on its own: a chat that hangs holds up no other.
            for name in sender.senders { group.addTask { await self.run(name) } }
        }
    }

    private func run(_ name: String) async {
        while !Task.isCancelled {
            do {
                while try await sendNext(of: name), !Task.isCancelled {}
            } catch {
                logger.error("chat messages wait, since the store does not answer", metadata: ["error": "\(error)"])
            }
            do { try await time.sleep(seconds: Self.pollInterval) } catch { return }
        }
    }

    /// Sends one message that is due.
    ///
    /// - Returns: whether there was one.
    func sendNext(of name: String) async throws -> Bool {
        let now = time.now()
        guard try await store.read({ try $0.hasDueChatMessage(of: name, now: now) }) else { return false }
        let taken = try await store.write { session in
            try session.takeDueChatMessage(of: name, now: now, again: now.addingTimeInterval(Self.lease))
        }
        guard let message = taken else { return false }
        guard message.until > now else {
            try await giveUp(message, because: "the chat takes no answer to this request any more")
            return true
        }
        do throws(ChatTrouble) {
            try await sender.send(message)
        } catch {
            if Task.isCancelled { return false }
            if error.passes {
                try await putBack(message, after: error)
            } else {
                try await giveUp(message, because: error.description)
            }
            return true
        }
        try await store.write { try $0.removeChatMessage(message.id) }
        logger.info("chat message sent", metadata: Self.metadata(message))
        return true
    }

    private func giveUp(_ message: ChatMessage, because reason: String) async throws {
        try await store.write { try $0.removeChatMessage(message.id) }
        logger.warning(
            "a chat message was given up; what it says is in the case",
            metadata: Self.metadata(message).merging(["reason": "\(reason)"]) { $1 }
        )
    }

    private func putBack(_ message: ChatMessage, after trouble: ChatTrouble) async throws {
        var back = message
        back.troubles += 1
        let delay = retry.delay(afterTroubles: back.troubles, asked: trouble.retryAfter)
        back.dueAt = time.now().addingTimeInterval(delay)
        let waiting = back
        try await store.write { try $0.update(waiting) }
        logger.warning(
            "a chat message was not taken; it is sent again",
            metadata: Self.metadata(message).merging(["tries": "\(back.troubles)", "reason": "\(trouble)"]) { $1 }
        )
    }

    private static func metadata(_ message: ChatMessage) -> Logger.Metadata {
        var metadata: Logger.Metadata = ["sender": "\(message.sender)", "message": "\(message.id)"]
        if case .standing(let standing) = message.content { metadata["case"] = "\(standing.caseID)" }
        return metadata
    }
}
