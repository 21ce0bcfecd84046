public import Foundation

public typealias ChatMessageID = Identifier<ChatMessage>

/// A message to a chat, kept until it was taken or is of no use any more.
public struct ChatMessage: Sendable, Equatable {
    public let id: ChatMessageID
    /// The sender whose chat it is.
    public let sender: String
    public let content: ChatContent
    /// Where it is posted; as good as a secret.
    public let replyTo: String
    /// Whether it takes the place of the message whose button was pressed.
    public let replaces: Bool
    /// After this it is given up: the chat takes nothing there any more.
    public let until: Date
    /// Tries that failed.
    public var troubles: Int
    public var dueAt: Date

    public init(
        id: ChatMessageID,
        sender: String,
        content: ChatContent,
        replyTo: String,
        replaces: Bool,
        until: Date,
        troubles: Int = 0,
        dueAt: Date
    ) {
        self.id = id
        self.sender = sender
        self.content = content
        self.replyTo = replyTo
        self.replaces = replaces
        self.until = until
        self.troubles = troubles
        self.dueAt = dueAt
    }
}

/// What a message to a chat says.
public enum ChatContent: Sendable, Equatable, Codable {
    /// Something for whoever asked, and for nobody else.
    case note(String)
    /// How a case stands; a held one is shown with its plan, to be approved or refused.
    case standing(ChatStanding)
}

/// How a case stood when a message was made.
public struct ChatStanding: Sendable, Equatable, Codable {
    /// One removal.
    public struct Row: Sendable, Equatable, Codable {
        /// The organization's name, else its id; `nil` where a key could not be read.
        public let organization: String?
        public let user: UserID?
        public let key: String
        public let outcome: Removal.Outcome
    }

    /// The most removals that a message shows; ``count`` says how many there are.
    public static let mostRows = 20

    public let caseID: CaseID
    public let email: EmailAddress
    public let state: CaseState
    public let result: Case.Result?
    public let reason: String?
    public let planDigest: String?
    public let askedBy: String?
    public let approvedBy: String?
    public let rows: [Row]
    public let count: Int
    /// Whether some organization is uncovered, so that nothing may be called complete (rule 12).
    public let isPartial: Bool

    public init(_ case: Case, removals: [Removal]) {
        caseID = `case`.id
        email = `case`.email
        state = `case`.state
        result = `case`.result
        reason = `case`.reason
        planDigest = `case`.planDigest
        askedBy = `case`.askedBy
        approvedBy = `case`.approval?.by
        rows = removals.prefix(Self.mostRows).map { removal in
            Row(
                organization: removal.organizationName ?? removal.organizationID?.text,
                user: removal.userID,
                key: removal.key,
                outcome: removal.outcome
            )
        }
        count = removals.count
        isPartial = !`case`.uncovered.isEmpty
    }
}

/// Where messages to chats go.
public protocol ChatSender: Sendable {
    /// The senders whose chats can be answered.
    var senders: [String] { get }

    /// Sends a message once; returns when the chat has taken it.
    ///
    /// - Throws: ``ChatTrouble``.
    func send(_ message: ChatMessage) async throws(ChatTrouble)
}

/// Why a message was not taken. Never holds an email, a secret or a URL.
public struct ChatTrouble: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String
    /// Whether another try may help.
    public let passes: Bool
    /// How many seconds the chat asks us to wait.
    public let retryAfter: TimeInterval?

    public init(_ description: String, passes: Bool, retryAfter: TimeInterval? = nil) {
        self.description = description
        self.passes = passes
        self.retryAfter = retryAfter
    }
}
