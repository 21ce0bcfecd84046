public import Foundation

/// The DELETE for one membership of a case, with its outcome; or the note that a key could not be read.
public struct Removal: Sendable, Equatable {
    /// How it stands (rule 10).
    public enum Outcome: String, Sendable, Codable, CaseIterable {
        /// Listed before, a DELETE of ours was answered 2xx or may have been applied, gone after.
        case removed
        /// 404 at the first attempt, and not on a proven list.
        case absent
        /// Never tried: the person is protected.
        case protected
        /// Never tried: a service user.
        case serviceUser = "service_user"
        /// Would have been removed.
        case dryRun = "dry_run"
        /// Planned or under way.
        case retrying
        /// Only a person can fix what is in the way.
        case `operator`
    }

    /// The key that is used, or that could not be read.
    public var key: String
    /// `nil` together with ``userID`` where a key could not be read.
    public var organizationID: OrganizationID?
    public var organizationName: String?
    public var userID: UserID?
    public var outcome: Outcome
    /// The status of the last answer.
    public var httpStatus: Int?
    /// DELETEs begun, recorded before each is sent.
    public var attempts: Int
    /// Whether some DELETE was answered 2xx or may have been applied although it failed here.
    public var mayHaveBeenApplied: Bool
    /// When the plan that holds it was let run; what the limits count (rule 16). `nil` while held. Of a
    /// dry run, when it was reported; only other dry runs count that.
    public var plannedAt: Date?
    /// What is in the way, for people; without an email.
    public var detail: String?

    public init(
        key: String,
        membership: Membership?,
        organizationName: String? = nil,
        outcome: Outcome = .retrying,
        detail: String? = nil
    ) {
        self.key = key
        self.organizationID = membership?.organization
        self.organizationName = organizationName
        self.userID = membership?.user
        self.outcome = outcome
        self.attempts = 0
        self.mayHaveBeenApplied = false
        self.detail = detail
    }

    /// The membership that it ends; `nil` where it stands for a key that could not be read.
    public var membership: Membership? {
        guard let organizationID, let userID else { return nil }
        return Membership(organization: organizationID, user: userID)
    }

    /// Whether another is about the same membership, or the same key that could not be read.
    public func isOfSame(_ other: Removal) -> Bool {
        membership == other.membership && (membership != nil || key == other.key)
    }
}

/// One person's seat in one organization, unique by both (rule 8).
public struct Membership: Sendable, Hashable, Comparable, Codable {
    public let organization: OrganizationID
    public let user: UserID

    public init(organization: OrganizationID, user: UserID) {
        self.organization = organization
        self.user = user
    }

    /// Orders by organization, then by user, byte for byte: the order of a plan's digest.
    public static func < (left: Self, right: Self) -> Bool {
        left.organization == right.organization ? left.user < right.user : left.organization < right.organization
    }
}
