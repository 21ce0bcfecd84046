public import Foundation

/// Chats, as they can be read inside a transaction.
public protocol ChatReadings {
    /// Where a chat hears of a case; `nil` where none does.
    func chatThread(of id: CaseID) throws -> ChatThread?
    func hasDueChatMessage(of sender: String, now: Date) throws -> Bool
}

/// Chats, as they can be changed inside a transaction.
public protocol ChatSession: ChatReadings {
    /// Takes the place of the case's thread, if it has one.
    func save(_ thread: ChatThread) throws
    func insert(_ message: ChatMessage) throws
    /// Hands out the message that is due for longest, and makes it due again later, should its sender die.
    func takeDueChatMessage(of sender: String, now: Date, again: Date) throws -> ChatMessage?
    /// Writes when it is due and how often it failed.
    func update(_ message: ChatMessage) throws
    func removeChatMessage(_ id: ChatMessageID) throws
}
