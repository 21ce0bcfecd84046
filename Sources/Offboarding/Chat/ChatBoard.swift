import Foundation

/// Tells chats how cases stand, in the transaction in which they come to stand so, and each thing once.
struct ChatBoard {
    let session: any StoreSession
    let now: Date

    /// How long a chat takes messages about a request: Slack says 30 minutes.
    static let patience: TimeInterval = 1800

    /// Tells the chat that asked for a case, or pressed a button of it, how the case stands now: held with its plan, in
    /// need of a person, or at its end. Nothing where no chat asked.
    func post(_ case: Case) throws {
        switch `case`.state {
        case .held, .attention, .completed, .cancelled, .refused: try tell(`case`)
        case .scheduled, .queued, .running, .retrying: return
        }
    }

    /// Has a chat hear of a case from now on, at the newest place.
    func listen(_ request: ChatRequest, sender: String, to id: CaseID, isPress: Bool) throws {
        guard let replyTo = request.replyTo else { return }
        try session.save(
            ChatThread(
                caseID: id,
                sender: sender,
                replyTo: replyTo,
                replaces: isPress,
                until: now.addingTimeInterval(Self.patience)
            )
        )
    }

    /// Tells how a case stands, whatever its state.
    func tell(_ case: Case) throws {
        guard var thread = try session.chatThread(of: `case`.id) else { return }
        let words = [`case`.state.rawValue, `case`.planDigest ?? "", `case`.reason ?? ""]
        let cause = words.joined(separator: " ")
        if let told = thread.told, told.utf8.elementsEqual(cause.utf8) { return }
        thread.told = cause
        try session.save(thread)
        let standing = ChatStanding(`case`, removals: try session.removals(of: `case`.id))
        try session.insert(
            ChatMessage(
                id: .make(prefix: "msg_", at: now),
                sender: thread.sender,
                content: .standing(standing),
                replyTo: thread.replyTo,
                replaces: thread.replaces,
                until: thread.until,
                dueAt: now
            )
        )
    }

    /// Tells something to whoever asked.
    func note(_ text: String, to request: ChatRequest, sender: String) throws {
        guard let replyTo = request.replyTo else { return }
        try session.insert(
            ChatMessage(
                id: .make(prefix: "msg_", at: now),
                sender: sender,
                content: .note(text),
                replyTo: replyTo,
                replaces: false,
                until: now.addingTimeInterval(Self.patience),
                dueAt: now
            )
        )
    }
}
