/// The removals that a case would make.
public struct Plan: Sendable, Equatable {
    public enum Action: String, Sendable {
        case remove
        case protected
        case serviceUser = "service_user"
    }

    /// One membership and what the plan does with it.
    public struct Entry: Sendable, Equatable {
        public let membership: Membership
        public let organizationName: String
        /// The keys that reach it, in the order in which they are tried (rule 8); never empty.
        public let keys: [String]
        /// Whether the lists show the user under none of the person's emails now, as they did at some time: the address may
        /// have been changed since. A person decides.
        public var isUnderOtherAddress = false
        public let action: Action
    }

    /// Something that keeps a plan from being the whole truth.
    public struct Doubt: Sendable, Equatable {
        public enum Remedy: Sendable, Equatable {
            /// Another reading may remove it.
            case waiting
            /// Only a person can.
            case person
        }

        public let key: String
        public let remedy: Remedy
        /// For people; without an email.
        public let message: String
        /// The status that the key's reading failed with, where a key could not be read at all.
        public let unreadable: VultrError?
        /// Whether it is that the person may be a member of an organization that the key's users list does not cover
        /// (rule 3). Removals in each organization that the key acts on settle it.
        public var isElsewhere = false
    }

    public let email: EmailAddress
    /// By organization, then user.
    public let entries: [Entry]
    public let doubts: [Doubt]
    public let uncovered: [OrganizationID]
    /// Whether one list shows two ids for the person (rule 6).
    public let hasSeveralIDs: Bool
    /// Whether Vultr could not be asked whether a row is a service user: nobody is removed on a guess (rule 4).
    public let hasUndecidedUsers: Bool
    /// Why nothing may run for this person (rule 5); `nil` when nobody is protected.
    public let protection: String?

    /// The entries that a run would remove.
    public var removals: [Entry] { entries.filter { $0.action == .remove } }

    /// The users that a run would remove although the lists show them under another address than the person's.
    var underOtherAddress: [Membership] { removals.filter(\.isUnderOtherAddress).map(\.membership) }

    /// The memberships that a run would remove, sorted.
    public var memberships: [Membership] { removals.map(\.membership) }
}
