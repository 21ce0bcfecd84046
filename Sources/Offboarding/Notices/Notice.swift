public import Foundation

public typealias NoticeID = Identifier<Notice>

/// Something that a person should know without asking.
public struct Notice: Sendable, Equatable, Codable {
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// A case waits for a decision.
        case held
        /// A case needs a person.
        case attention
        /// A delivery is about a departure and does not say in a usable way whose.
        case unresolved
        /// A delivery was set aside, because reading it failed repeatedly.
        case quarantined
        /// A sender has only refusals.
        case refusals
        /// A valid signature had a timestamp that is too far from now.
        case skew
        /// Somebody who was offboarded is a member again.
        case back
        /// An invitation would let somebody in who was offboarded.
        case invitation
        /// A sweep does not see everything: an organization that no key acts on, a list that cannot be read.
        case sweep
        /// What the audit chain is, once a day, so that it is kept where the store is not.
        case checkpoint
        /// Something that had been acknowledged is missing from the store.
        case loss
        /// Somebody still has access a while after their departure; see ``DeadlineTeller``.
        case deadline
        /// Somebody was offboarded, or had no account.
        case completed
        /// What happened in a day and what is open, with the audit checkpoint.
        case digest

        /// Whether a person is needed; the others are good to know.
        public var isLoud: Bool {
            switch self {
            case .held, .attention, .unresolved, .quarantined, .refusals, .skew, .back, .invitation, .sweep, .loss,
                .deadline:
                true
            case .checkpoint, .completed, .digest: false
            }
        }

        /// What a target is told that does not say what it wants: all but each success, and the checkpoint that the digest
        /// has, too.
        public static var usual: [Kind] { allCases.filter { $0 != .completed && $0 != .checkpoint } }
    }

    public let id: NoticeID
    public let kind: Kind
    public let at: Date
    /// The sender's name; ``Case/commandLine`` where a person asked.
    public let sender: String
    public let caseID: CaseID?
    public let delivery: DeliveryID?
    /// The person; only where it is about a case.
    public let email: EmailAddress?
    /// When the departure was received.
    public let receivedAt: Date?
    /// What an approval is bound to, where it is about a held case.
    public let planDigest: String?
    /// For people; without an email or a secret.
    public let reason: String
    /// The trace of the delivery that it comes from, as ``TraceParent/text``.
    public var trace: String?
    /// Of a digest.
    public var digest: Digest?

    public init(
        kind: Kind,
        at: Date,
        sender: String,
        caseID: CaseID? = nil,
        delivery: DeliveryID? = nil,
        email: EmailAddress? = nil,
        receivedAt: Date? = nil,
        planDigest: String? = nil,
        reason: String
    ) {
        id = .make(prefix: "n_", at: at)
        self.kind = kind
        self.at = at
        self.sender = sender
        self.caseID = caseID
        self.delivery = delivery
        self.email = email
        self.receivedAt = receivedAt
        self.planDigest = planDigest
        self.reason = reason
    }
}
