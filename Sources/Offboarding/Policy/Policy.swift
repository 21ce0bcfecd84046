public import Foundation

/// What may happen without a person, and how much of it.
public struct Policy: Sendable, Equatable {
    public enum Mode: String, Sendable, CaseIterable {
        case enforce
        case dryRun = "dry_run"
    }

    public enum ApprovalRule: String, Sendable, CaseIterable {
        /// A person is asked where a limit would be exceeded.
        case overLimit = "over_limit"
        /// A person is asked for every plan that removes anybody.
        case always
    }

    /// What happens when one list shows two ids for the person (rule 6).
    public enum SeveralIDs: String, Sendable, CaseIterable {
        case hold
        case removeAll = "remove_all"
    }

    public var mode: Mode
    /// Only people of these domains, in compared form; empty means any. A domain does not include its subdomains.
    public var domains: [String]
    public var protected: [Protected]
    public var approval: ApprovalRule
    public var limits: [Limit]
    /// Of each organization's people, how large a part may go within the longest window, 0 to 1.
    public var fractionOfOrganization: Double
    public var severalIDs: SeveralIDs
    /// Whether whoever asked for a case may not approve it.
    public var fourEyes: Bool
    /// Seconds between the arrival of a departure and its first removal, in which it can be taken back.
    public var grace: TimeInterval
    /// What else of a person's is ended before their removals.
    public var also: Set<CredentialKind>
    /// What each sender narrows, by the sender's name.
    public var senders: [String: SenderPolicy]

    public init(
        mode: Mode,
        domains: [String] = [],
        protected: [Protected] = [],
        approval: ApprovalRule = .overLimit,
        limits: [Limit] = Limit.defaults,
        fractionOfOrganization: Double = 0.25,
        severalIDs: SeveralIDs = .hold,
        fourEyes: Bool = false,
        grace: TimeInterval = 0,
        also: Set<CredentialKind> = [],
        senders: [String: SenderPolicy] = [:]
    ) {
        self.mode = mode
        self.domains = domains
        self.protected = protected
        self.approval = approval
        self.limits = limits
        self.fractionOfOrganization = fractionOfOrganization
        self.severalIDs = severalIDs
        self.fourEyes = fourEyes
        self.grace = grace
        self.also = also
        self.senders = senders
    }
}

/// At most so many people in a window (rule 16).
public struct Limit: Sendable, Equatable {
    public let people: Int
    /// The window's length in seconds.
    public let window: TimeInterval

    public init(people: Int, per window: TimeInterval) {
        self.people = people
        self.window = window
    }

    /// The window in the largest unit that fits, such as `1d`.
    public var windowText: String { Policy.text(window) }

    /// Ten an hour and twenty-five a day: more than an ordinary week of leavers, far less than a company.
    public static let defaults = [Limit(people: 10, per: 3600), Limit(people: 25, per: 86_400)]
}

/// Someone whom nothing may remove (rule 5).
public enum Protected: Sendable, Hashable {
    case email(EmailAddress)
    /// Everybody at a domain, in compared form.
    case domain(String)
    case user(UserID)
}

/// What one sender's deliveries may do; it narrows the policy, never widens it.
public struct SenderPolicy: Sendable, Equatable {
    /// `dry_run` narrows; `enforce` changes nothing.
    public var mode: Policy.Mode?
    /// `always` narrows; `over_limit` changes nothing.
    public var approval: Policy.ApprovalRule?
    /// A person must be in these and in the policy's own; `nil` means no further bound.
    public var domains: [String]?
    /// Counted over this sender's cases alone, beside the policy's own.
    public var limits: [Limit]

    public init(
        mode: Policy.Mode? = nil,
        approval: Policy.ApprovalRule? = nil,
        domains: [String]? = nil,
        limits: [Limit] = []
    ) {
        self.mode = mode
        self.approval = approval
        self.domains = domains
        self.limits = limits
    }
}
