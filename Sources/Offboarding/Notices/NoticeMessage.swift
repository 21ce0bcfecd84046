public import Foundation

public typealias NoticeMessageID = Identifier<NoticeMessage>

/// What is sent to one target at once: one notice, or a wave of one kind summed.
public struct NoticeMessage: Sendable, Equatable {
    /// The most notices that one message shows; ``count`` says how many there were.
    public static let mostShown = 20

    /// The same for every try, so that its receiver can tell a repetition.
    public let id: NoticeMessageID
    public let target: String
    public let kind: Notice.Kind
    /// The oldest first; never empty.
    public let notices: [Notice]
    /// How many notices it stands for.
    public let count: Int
    public let madeAt: Date
    /// Tries that failed.
    public var troubles: Int
    public var dueAt: Date

    public init(
        id: NoticeMessageID,
        target: String,
        kind: Notice.Kind,
        notices: [Notice],
        count: Int,
        madeAt: Date,
        troubles: Int = 0,
        dueAt: Date
    ) {
        self.id = id
        self.target = target
        self.kind = kind
        self.notices = notices
        self.count = count
        self.madeAt = madeAt
        self.troubles = troubles
        self.dueAt = dueAt
    }
}

/// How far a target has been told of one kind of notices.
public struct NoticeCursor: Sendable, Equatable {
    public let target: String
    public let kind: Notice.Kind
    /// The sequence of the last notice that is in a message.
    public var through: Int64
    /// Notices are gathered until then.
    public var quietUntil: Date

    public init(target: String, kind: Notice.Kind, through: Int64, quietUntil: Date) {
        self.target = target
        self.kind = kind
        self.through = through
        self.quietUntil = quietUntil
    }
}

/// Where notices go.
public protocol NoticeSender: Sendable {
    /// The targets' names, each with the kinds that it is told.
    var targets: [(name: String, kinds: [Notice.Kind])] { get }

    /// Sends a message once; returns when the target has taken it.
    ///
    /// - Throws: ``NoticeTrouble``.
    func send(_ message: NoticeMessage) async throws(NoticeTrouble)
}

/// Why a message was not taken. Never holds an email, a secret or a URL.
public struct NoticeTrouble: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String
    /// How many seconds the target asks us to wait.
    public let retryAfter: TimeInterval?

    public init(_ description: String, retryAfter: TimeInterval? = nil) {
        self.description = description
        self.retryAfter = retryAfter
    }
}
