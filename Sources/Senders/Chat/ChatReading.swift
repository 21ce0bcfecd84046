public import Offboarding

/// What one verified request of a chat tool says.
public enum ChatReading: Sendable, Equatable {
    /// Nothing that concerns us; the reason is for the delivery.
    case nothing(String)
    /// Somebody who may not ask.
    case stranger(String, replyTo: String?, isPress: Bool)
    /// Somebody who may ask does not say whom in a usable way, and why it is not; without an email.
    case unclear(String, String)
    /// Somebody who may ask asks for a departure.
    case removal(String, replyTo: String?, EmailAddress)
    /// Somebody who may ask pressed one of our buttons.
    case press(String, replyTo: String?, ChatPress)
}

/// Our buttons.
public enum ChatAction: String, Sendable, CaseIterable {
    case approve = "offboard.approve"
    case cancel = "offboard.cancel"
}

/// A pressed button of ours: bound to a case, and to the digest of the plan that was shown beside it.
public struct ChatPress: Sendable, Equatable {
    public let action: ChatAction
    public let caseID: CaseID
    public let digest: String

    public init(_ action: ChatAction, caseID: CaseID, digest: String) {
        self.action = action
        self.caseID = caseID
        self.digest = digest
    }

    /// Reads what the button carried; `nil` where it is not of our making.
    init?(_ action: ChatAction, value: String) {
        let parts = value.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ (1...128).contains($0.utf8.count) }) else { return nil }
        self.init(action, caseID: CaseID(String(parts[0])), digest: String(parts[1]))
    }

    /// What the button carries.
    public var value: String { "\(caseID.text) \(digest)" }
}
