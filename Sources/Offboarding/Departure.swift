public import Foundation

/// What a delivery says about one person.
public struct Departure: Sendable, Equatable {
    /// The most aliases that one departure may name (rule 1).
    public static let mostAliases = 10

    public enum Kind: String, Sendable, Codable {
        case departed, reinstated
    }

    public var kind: Kind
    /// The person's main address.
    public var email: EmailAddress
    /// Other addresses of the same person, without ``email``.
    public var aliases: [EmailAddress]
    /// When the departure takes effect; `nil` means at once.
    public var effectiveAt: Date?
    /// When the event happened at its source; orders events of one person (rule 13).
    public var occurredAt: Date?

    public init(
        kind: Kind,
        email: EmailAddress,
        aliases: [EmailAddress] = [],
        effectiveAt: Date? = nil,
        occurredAt: Date? = nil
    ) {
        self.kind = kind
        self.email = email
        self.aliases = aliases.filter { $0 != email }
        self.effectiveAt = effectiveAt
        self.occurredAt = occurredAt
    }

    /// The main address and the aliases.
    public var emails: [EmailAddress] { [email] + aliases }
}
