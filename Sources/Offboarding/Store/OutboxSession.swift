public import Foundation

/// Notices and messages, as they can be read inside a transaction.
public protocol OutboxReadings {
    /// What was last told about something.
    func noticeCause(of subject: String) throws -> String?
    /// The oldest first.
    func notices(of kind: Notice.Kind, after sequence: Int64, limit: Int) throws -> [Notice]
    /// How many there are, and the last one's sequence; `after` where there is none.
    func countNotices(of kind: Notice.Kind, after sequence: Int64) throws -> (count: Int, last: Int64)
    /// The sequence of the newest notice from before a time, of whatever kind; 0 where there is none.
    func lastNotice(before date: Date) throws -> Int64
    func noticeCursor(of target: String, _ kind: Notice.Kind) throws -> NoticeCursor?
    /// Whether a message of the kind is on its way.
    func hasMessage(to target: String, _ kind: Notice.Kind) throws -> Bool
    func hasDueMessage(to target: String, now: Date) throws -> Bool
}

/// Notices and messages, as they can be changed inside a transaction.
public protocol OutboxSession: OutboxReadings {
    func setNoticeCause(_ cause: String?, of subject: String) throws
    func insert(_ notice: Notice) throws
    func save(_ cursor: NoticeCursor) throws
    func insert(_ message: NoticeMessage) throws
    /// Hands out the message that is due for longest, and makes it due again later, should its sender die.
    func takeDueMessage(to target: String, now: Date, again: Date) throws -> NoticeMessage?
    /// Writes when it is due and how often it failed.
    func update(_ message: NoticeMessage) throws
    func removeMessage(_ id: NoticeMessageID) throws
}
