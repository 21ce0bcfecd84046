public import Foundation

/// One authenticated request, kept byte for byte.
public struct Delivery: Sendable, Equatable {
    public enum State: String, Sendable, Codable, CaseIterable {
        /// Stored, not yet read.
        case accepted
        /// Read; its departures are in cases.
        case interpreted
        /// Read; it is about nobody's departure.
        case ignored
        /// Read; it is about a departure and names no usable email. A person must look.
        case unresolved
        /// Reading it failed repeatedly; set aside so that the rest goes on.
        case quarantined
    }

    public let id: DeliveryID
    /// The name of the sender.
    public let sender: String
    public let receivedAt: Date
    /// The headers as received, in order, names in lower case, without credentials and signatures.
    public let headers: [Header]
    /// The raw body.
    public let body: [UInt8]
    public let replayKey: ReplayKey
    /// The name of the secret that verified it, `#` and its position where it has none; `nil` where no secret of the
    /// sender's did.
    public let secretName: String?
    public var state: State
    /// Why it was ignored, is unresolved or was quarantined.
    public var reason: String?
    /// Whether headers and body are still kept; otherwise both are empty.
    public var isBodyKept = true

    public struct Header: Sendable, Equatable, Codable {
        public let name: String
        public let value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    public init(
        id: DeliveryID,
        sender: String,
        receivedAt: Date,
        headers: [Header],
        body: [UInt8],
        replayKey: ReplayKey,
        secretName: String?,
        state: State = .accepted,
        reason: String? = nil
    ) {
        self.id = id
        self.sender = sender
        self.receivedAt = receivedAt
        self.headers = headers
        self.body = body
        self.replayKey = replayKey
        self.secretName = secretName
        self.state = state
        self.reason = reason
    }
}

/// What tells a repeated delivery from a new one (rule 14), taken from signed bytes only.
public struct ReplayKey: Sendable, Hashable {
    /// The longest signed id in bytes.
    public static let longestID = 256

    /// The signed id, where the sender's scheme signs one.
    public let signedID: String?
    /// SHA-256 of the raw body, 32 bytes.
    public let bodyDigest: [UInt8]

    public init(signedID: String?, bodyDigest: [UInt8]) {
        self.signedID = signedID
        self.bodyDigest = bodyDigest
    }
}
