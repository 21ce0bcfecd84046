public import Foundation

/// Our work for one person. Open cases never share an email.
public struct Case: Sendable, Equatable {
    /// What a completed case found (the contract's `result`).
    public enum Result: String, Sendable, Codable, CaseIterable {
        case removed
        case noAccount = "no_account"
        case dryRun = "dry_run"
    }

    /// The worker that has the case now; a dead worker's lease runs out and the case becomes somebody else's.
    public struct Lease: Sendable, Equatable {
        public let owner: String
        public var until: Date

        public init(owner: String, until: Date) {
            self.owner = owner
            self.until = until
        }
    }

    public let id: CaseID
    /// The person's main email.
    public var email: EmailAddress
    /// Other emails of the same person.
    public var aliases: [EmailAddress]
    public var state: CaseState
    public var result: Result?
    /// Why it is held, in attention, cancelled or refused; for people, without an email or a secret.
    public var reason: String?
    /// The sender of the first departure; ``commandLine`` where a person asked.
    public let sender: String
    public let receivedAt: Date
    /// When the newest departure that it is about happened, or arrived where its sender does not say (rule 13).
    public var occurredAt: Date
    /// When the departure takes effect; `nil` means at once.
    public var effectiveAt: Date?
    public var finishedAt: Date?
    /// The digest of the present plan (rule 17).
    public var planDigest: String?
    /// Organizations that some key lists and no key acts on (rule 12).
    public var uncovered: [OrganizationID]
    public var approval: Approval?
    /// Narrows what the policy would do with this case.
    public var restraint: Restraint?
    /// Who asked, where a person did: the operating system's user, or such as `slack:T01/U0DANA` in a chat.
    public var askedBy: String?
    /// Tries that ended in trouble since the last success; spaces the next one.
    public var troubles: Int
    /// When the unbroken trouble began.
    public var troubleSince: Date?
    /// When a worker should take it next; `nil` when nothing is due.
    public var dueAt: Date?
    public var lease: Lease?

    /// The sender of a case that was opened by `remove EMAIL`.
    public static let commandLine = "command-line"

    public init(
        id: CaseID,
        email: EmailAddress,
        aliases: [EmailAddress] = [],
        state: CaseState,
        sender: String,
        receivedAt: Date,
        occurredAt: Date,
        effectiveAt: Date? = nil,
        restraint: Restraint? = nil,
        askedBy: String? = nil,
        dueAt: Date?
    ) {
        self.id = id
        self.email = email
        self.aliases = aliases
        self.state = state
        self.sender = sender
        self.receivedAt = receivedAt
        self.occurredAt = occurredAt
        self.effectiveAt = effectiveAt
        self.uncovered = []
        self.restraint = restraint
        self.askedBy = askedBy
        self.troubles = 0
        self.dueAt = dueAt
    }

    /// The main email and the aliases.
    public var emails: [EmailAddress] { [email] + aliases }
}

/// A person's yes to one plan (rule 17).
public struct Approval: Sendable, Equatable, Codable {
    /// The digest of the plan that was approved; `nil` says "the plan as the next reading shows it".
    public var digest: String?
    /// The memberships that are approved: those of the plan of ``digest``, or those that the first reading after the
    /// approval shows. Later plans may shrink, never grow.
    public var covered: [Membership]?
    /// Who approved: the operating system's user, a console token's name, or such as `slack:T01/U0DANA` in a chat.
    public let by: String
    public let at: Date

    public init(digest: String?, by: String, at: Date, covered: [Membership]? = nil) {
        self.digest = digest
        self.by = by
        self.at = at
        self.covered = covered
    }
}

/// What keeps a case from running as the policy would let it.
public enum Restraint: String, Sendable, Codable, CaseIterable {
    /// Planned and reported, never enforced: it came from `test SENDER`.
    case test
    /// A repeated delivery whose sender signs no id: hold it if the person is a member again (rule 14).
    case repeated
    /// A `reinstated` from another sender disputes the departure: hold it (rule 13).
    case disputed
    /// It was asked for in a chat: hold it until a person approves.
    case chat
    /// It was open when a backup was restored or a part of the store was lost: hold it, because what was said last is not
    /// known.
    case incomplete
}
