public import Foundation

/// Somebody whom we offboarded and who is looked for again.
public struct Watch: Sendable, Equatable {
    /// The case that offboarded them.
    public let caseID: CaseID
    /// When the case ended.
    public let since: Date
    /// When they must be looked for at the latest; `nil` when they are looked for no longer.
    public var dueAt: Date?
    /// When the last look began that could prove that they are gone.
    public var lookedAt: Date?
    /// Where the last look found them.
    public var back: [Reappearance]
    /// When they were first found there.
    public var backSince: Date?
    /// The case by which they are, or were, removed again, or another departure of theirs.
    public var followedBy: CaseID?
    /// Why they are looked for no longer, for people; without an email.
    public var endedBecause: String?

    public init(
        caseID: CaseID,
        since: Date,
        dueAt: Date?,
        lookedAt: Date? = nil,
        back: [Reappearance] = [],
        backSince: Date? = nil,
        followedBy: CaseID? = nil,
        endedBecause: String? = nil
    ) {
        self.caseID = caseID
        self.since = since
        self.dueAt = dueAt
        self.lookedAt = lookedAt
        self.back = back
        self.backSince = backSince
        self.followedBy = followedBy
        self.endedBecause = endedBecause
    }

    /// What notices about somebody's return are about.
    var subject: String { Self.subject(caseID) }

    static func subject(_ id: CaseID) -> String { "case \(id), back" }
}

/// Where somebody who was offboarded is a member again.
public struct Reappearance: Sendable, Equatable, Codable {
    /// The key whose list shows them.
    public let key: String
    public let organizationID: OrganizationID
    public let organizationName: String
    public let userID: UserID
    /// Whether the account that was removed is there under an address that the case does not know. A case goes by
    /// addresses, so that only a person can end this.
    public let isUnderOtherAddress: Bool

    public init(
        key: String,
        organizationID: OrganizationID,
        organizationName: String,
        userID: UserID,
        isUnderOtherAddress: Bool
    ) {
        self.key = key
        self.organizationID = organizationID
        self.organizationName = organizationName
        self.userID = userID
        self.isUnderOtherAddress = isUnderOtherAddress
    }
}
