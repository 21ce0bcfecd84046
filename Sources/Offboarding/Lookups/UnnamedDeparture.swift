public import Foundation

/// What an event says about somebody whose email it does not say, or not in a way that can be used.
public struct UnnamedDeparture: Sendable, Equatable, Codable {
    public var kind: Departure.Kind
    /// Other addresses of the person.
    public var aliases: [EmailAddress]
    /// When it takes effect; `nil` means at once.
    public var effectiveAt: Date?
    /// When it happened at its source.
    public var occurredAt: Date?

    public init(
        kind: Departure.Kind,
        aliases: [EmailAddress] = [],
        effectiveAt: Date? = nil,
        occurredAt: Date? = nil
    ) {
        self.kind = kind
        self.aliases = aliases
        self.effectiveAt = effectiveAt
        self.occurredAt = occurredAt
    }

    /// The departure, once the email is known.
    public func named(_ email: EmailAddress) -> Departure {
        Departure(kind: kind, email: email, aliases: aliases, effectiveAt: effectiveAt, occurredAt: occurredAt)
    }
}

/// An event that names somebody by an id of the sender's, whose email is to be asked for.
public struct Lookup: Sendable, Equatable {
    /// The longest id in bytes.
    public static let longestID = 256

    /// The person's id at the sender.
    public let id: String
    public let departure: UnnamedDeparture

    public init(id: String, departure: UnnamedDeparture) {
        self.id = id
        self.departure = departure
    }
}

/// A part of a delivery that is about a departure and cannot be read safely.
public struct UnresolvedPart: Sendable, Equatable {
    /// For people; without an email.
    public let reason: String
    /// What is known of it; `nil` where not even its kind is.
    public let departure: UnnamedDeparture?

    public init(reason: String, departure: UnnamedDeparture? = nil) {
        self.reason = reason
        self.departure = departure
    }
}
