public import Foundation

/// Parts of deliveries that are not settled, as they can be read inside a transaction.
public protocol OpenPartReadings {
    func part(_ sequence: Int64) throws -> DeliveryPart?
    /// The oldest first.
    func parts(of delivery: DeliveryID, in states: [DeliveryPart.State], limit: Int) throws -> [DeliveryPart]
    func countParts(of delivery: DeliveryID) throws -> [DeliveryPart.State: Int]
    /// Whether ``OpenPartSession/takeDueParts(of:now:again:limit:)`` would give any.
    func hasDuePart(of sender: String, now: Date) throws -> Bool
}

/// Parts of deliveries that are not settled, as they can be changed inside a transaction.
public protocol OpenPartSession: OpenPartReadings {
    /// Adds a part; the store gives it its sequence.
    func insert(_ part: DeliveryPart) throws
    /// Writes state, reason, troubles and due time; a part that is gone stays gone.
    func update(_ part: DeliveryPart) throws
    func removePart(_ sequence: Int64) throws
    /// Hands out parts of a sender whose lookup is due, the longest due first, and makes each due again later, so that it
    /// is taken again should its worker die.
    func takeDueParts(of sender: String, now: Date, again: Date, limit: Int) throws -> [DeliveryPart]
}
