public import Foundation

/// Where everything is kept: what is acknowledged is here first.
///
/// - ``append(_:completion:)`` and ``write(_:)`` are **group committed**: all that wait share one transaction and one
///   fsync; each is told only after that fsync.
/// - A body of ``write(_:)`` that throws undoes its own changes and nobody else's, and its error reaches its caller.
/// - When the commit itself fails, everyone in it gets a ``StoreError`` and nothing of it is kept.
/// - No transaction is held across a suspension: bodies are synchronous, quick, and call nothing but their session.
public protocol Store: Sendable {
    /// Appends a verified delivery, or recognizes it as a repeated one.
    ///
    /// `completion` is called exactly once, on a thread of the store's own; it must not block.
    func append(
        _ incoming: IncomingDelivery,
        completion: @escaping @Sendable (Result<AppendOutcome, StoreError>) -> Void
    )

    /// Reads and changes in one transaction, durable when it returns.
    func write<Answer: Sendable>(
        _ body: @escaping @Sendable (any StoreSession) throws -> Answer
    ) async throws -> Answer

    /// Reads one consistent state, without waiting for writers.
    func read<Answer: Sendable>(
        _ body: @escaping @Sendable (any StoreReadings) throws -> Answer
    ) async throws -> Answer

    /// Whether daemons on other machines may work on it beside this one. Nobody knows then whose worker is dead before its
    /// leases have run out.
    var isShared: Bool { get }

    /// Whether a write would succeed now: the file is there, is ours, is writable.
    func isReady() async -> Bool

    /// Sees to it that what was deleted is nowhere in the store's files any more, as far as other processes let it.
    func scrub() async throws

    /// Wakes whenever deliveries were appended or cases became due; coalesced. One consumer at a time.
    var arrivals: AsyncStream<Void> { get }

    /// Commits what waits, refuses what comes after, closes the file.
    func close() async throws
}

/// A verified delivery on its way in.
public struct IncomingDelivery: Sendable {
    public let delivery: Delivery
    /// A repeated delivery is recognized when the first came at or after this time.
    public let rememberedSince: Date
    /// Recognize only: the timestamp was stale, so a new one must not be stored.
    public let onlyIfKnown: Bool

    public init(delivery: Delivery, rememberedSince: Date, onlyIfKnown: Bool) {
        self.delivery = delivery
        self.rememberedSince = rememberedSince
        self.onlyIfKnown = onlyIfKnown
    }
}

/// What became of an appended delivery.
public enum AppendOutcome: Sendable, Equatable {
    /// Durable. `reusedID` says that the signed id was known with another body: worth a warning (rule 14).
    case accepted(DeliveryID, reusedID: Bool)
    /// Known already; the first one's id.
    case duplicate(of: DeliveryID)
    /// ``IncomingDelivery/onlyIfKnown`` was asked and it is not known; nothing was stored.
    case unknown
}

/// The store cannot do what was asked now.
public struct StoreError: Error, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// No room on the disk.
        case full
        /// Read-only, removed, replaced, or otherwise out of reach.
        case unavailable
        /// Another daemon has the store.
        case inUse
        /// The file is no store of ours, or one of a newer version.
        case notAStore
        /// The file is damaged.
        case damaged
        /// Too much waits already.
        case busy
        /// Closed by us.
        case closed
    }

    public let code: Code
    /// For people and logs: no email, no secret.
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
