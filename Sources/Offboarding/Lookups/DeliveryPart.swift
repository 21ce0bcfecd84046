public import Foundation

/// A part of a delivery that is not settled: a lookup that has not answered, or something that a person must look at.
///
/// A delivery without parts is settled.
public struct DeliveryPart: Sendable, Equatable {
    public enum State: String, Sendable, CaseIterable {
        /// Its lookup is asked, again and again.
        case waiting
        /// As ``waiting``, for so long that a person was told; its delivery counts as unresolved.
        case overdue
        /// Nothing more happens by itself.
        case failed
    }

    /// Given by the store; 0 before.
    public let sequence: Int64
    public let delivery: DeliveryID
    public let sender: String
    /// When what it says was received.
    public let receivedAt: Date
    public let restraint: Restraint?
    /// The person's id at the sender, where it can be asked for.
    public let lookupID: String?
    /// `nil` where not even its kind is known.
    public let departure: UnnamedDeparture?
    public var state: State
    /// Why it is not settled; for people, without an email.
    public var reason: String?
    /// Tries that ended in trouble.
    public var troubles: Int
    public var troubleSince: Date?
    /// When its lookup is to be asked next; `nil` where it is not.
    public var dueAt: Date?

    public init(
        sequence: Int64 = 0,
        delivery: DeliveryID,
        sender: String,
        receivedAt: Date,
        restraint: Restraint? = nil,
        lookupID: String? = nil,
        departure: UnnamedDeparture? = nil,
        state: State,
        reason: String? = nil,
        troubles: Int = 0,
        troubleSince: Date? = nil,
        dueAt: Date? = nil
    ) {
        self.sequence = sequence
        self.delivery = delivery
        self.sender = sender
        self.receivedAt = receivedAt
        self.restraint = restraint
        self.lookupID = lookupID
        self.departure = departure
        self.state = state
        self.reason = reason
        self.troubles = troubles
        self.troubleSince = troubleSince
        self.dueAt = dueAt
    }
}
