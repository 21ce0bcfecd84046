public import Foundation

/// What somebody asks for in a chat. Who it is and that they may ask was found out by whoever read it.
public struct ChatRequest: Sendable, Equatable {
    public enum Wish: Sendable, Equatable {
        /// Open a case for a person, held until somebody approves its plan.
        case remove(EmailAddress)
        /// Approve a case's plan of this digest.
        case approve(CaseID, digest: String)
        /// End a held case without removing anybody.
        case refuse(CaseID)
        /// Nothing that is done. `answer` is told to whoever asked, where the answer to the request cannot say it.
        case nothing(reason: String, answer: String?)
    }

    /// Who asks, such as `slack:T01/U0DANA`.
    public let requester: String
    /// Where the chat takes messages about this request, for a while; it is as good as a secret.
    public let replyTo: String?
    public let wish: Wish

    public init(requester: String, replyTo: String?, wish: Wish) {
        self.requester = requester
        self.replyTo = replyTo
        self.wish = wish
    }
}

/// Where a chat hears of a case.
public struct ChatThread: Sendable, Equatable {
    public let caseID: CaseID
    /// The sender whose chat it is.
    public let sender: String
    /// The newest request's ``ChatRequest/replyTo``.
    public let replyTo: String
    /// Whether ``replyTo`` came with a button, so that a message there takes the place of the one with the buttons.
    public let replaces: Bool
    /// Until when ``replyTo`` is of use.
    public let until: Date
    /// What was last told there, in a form that changes only when it is news.
    public var told: String?

    public init(
        caseID: CaseID,
        sender: String,
        replyTo: String,
        replaces: Bool,
        until: Date,
        told: String? = nil
    ) {
        self.caseID = caseID
        self.sender = sender
        self.replyTo = replyTo
        self.replaces = replaces
        self.until = until
        self.told = told
    }
}
