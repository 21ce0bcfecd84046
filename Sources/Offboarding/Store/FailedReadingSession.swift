public import Foundation

/// Deliveries whose reading failed, as they can be read inside a transaction.
public protocol FailedReadingReadings {
    /// The oldest deliveries that are accepted, not yet read and no suspects, without their bytes.
    func unreadDeliveries(limit: Int) throws -> [DeliveryID]
    /// Deliveries that wait to be read and whose reading failed before; the one that failed longest ago first.
    func suspects(limit: Int) throws -> [Suspect]
    /// Deliveries recognized as repeated, by digest alone and after more than a day (rule 14), that nobody has taken
    /// and that are no suspects.
    func repeatedDeliveries(limit: Int) throws -> [Delivery]
}

/// Deliveries whose reading failed, as they can be changed inside a transaction.
public protocol FailedReadingSession: FailedReadingReadings {
    /// Notes that a reading was begun and did not come to an end. The delivery is a suspect from then on.
    ///
    /// - Returns: `nil` where the delivery does not wait to be read.
    func noteFailedReading(of id: DeliveryID, at now: Date) throws -> Suspect?
    /// The delivery is no suspect any more.
    func forgetFailedReadings(of id: DeliveryID) throws
    /// Takes a repetition, so that it is handed out no more.
    ///
    /// - Returns: whether it still waited.
    func takeRepetition(of id: DeliveryID) throws -> Bool
    /// Makes a delivery wait to be read as if it had just come.
    func putBack(_ id: DeliveryID) throws
}

/// A delivery that waits to be read and whose reading failed before.
public struct Suspect: Sendable, Equatable {
    public let delivery: DeliveryID
    public let sender: String
    /// Readings that were begun and did not come to an end.
    public let tries: Int
    /// Whether it was read when it first came, and waits as a repetition (rule 14).
    public let isRepetition: Bool

    public init(delivery: DeliveryID, sender: String, tries: Int, isRepetition: Bool) {
        self.delivery = delivery
        self.sender = sender
        self.tries = tries
        self.isRepetition = isRepetition
    }
}
