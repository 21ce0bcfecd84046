/// Another way in than a person's own sign-in, which a removal may not end at once.
public enum CredentialKind: String, Sendable, Codable, CaseIterable, Comparable {
    /// The person's API keys.
    case apiKeys = "api_keys"
    /// Roles that the person has assumed for a time.
    case roleSessions = "role_sessions"

    public static func < (one: Self, other: Self) -> Bool { one.rawValue < other.rawValue }

    /// For people.
    var name: String {
        switch self {
        case .apiKeys: "API keys"
        case .roleSessions: "role sessions"
        }
    }
}

/// What Vultr shows of one of them: enough to end it, and nothing that may be shown.
public struct Credential: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
    /// An API key's id, or a role session's token, which is a secret.
    public let handle: String

    public init(handle: String) { self.handle = handle }

    public var description: String { "a credential" }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// What became of a user's credentials of one kind, as one key shows them.
public struct CredentialEnding: Sendable, Equatable {
    public enum Outcome: String, Sendable, Codable, CaseIterable {
        /// There were some, and the list no longer shows any.
        case ended
        /// The list showed none.
        case none
        /// Not done, for a reason that passes; or about to be tried.
        case retrying
        /// Only a person can end them.
        case `operator`
    }

    /// Whose, of which kind, and with which key.
    public struct Place: Sendable, Hashable {
        public let user: UserID
        public let kind: CredentialKind
        public let key: String

        public init(user: UserID, kind: CredentialKind, key: String) {
            self.user = user
            self.kind = kind
            self.key = key
        }
    }

    public let place: Place
    public var outcome: Outcome
    /// How many were ended.
    public var count: Int
    /// The status of the last answer, where it was no success.
    public var httpStatus: Int?
    /// Why it is not done; for people, without a token, a secret or an email.
    public var detail: String?

    public init(place: Place, outcome: Outcome, count: Int = 0, httpStatus: Int? = nil, detail: String? = nil) {
        self.place = place
        self.outcome = outcome
        self.count = count
        self.httpStatus = httpStatus
        self.detail = detail
    }

    /// Whether a case cannot complete with it.
    public var isUnfinished: Bool { outcome == .retrying || outcome == .operator }

    /// For people: what is not done, and why.
    var trouble: String {
        "key \(place.key): the \(place.kind.name) of user \(place.user) are not ended: \(detail ?? "not tried yet")"
    }
}
