public import Foundation

/// What the verifier says about a request.
public enum Verification: Sendable, Equatable {
    case verified(VerifiedRequest)
    case refused(RefusalCause)
}

/// A request whose signature is right.
public struct VerifiedRequest: Sendable, Equatable {
    public enum Staleness: Sendable, Equatable {
        /// The timestamp is within its tolerance, or the sender sends none.
        case fresh
        /// The timestamp is too far from now. Refuse it, unless the delivery is known (design section 7).
        ///
        /// - Parameter skew: seconds from the timestamp to now; negative for a timestamp in the future.
        case stale(skew: Double)
    }

    /// The name of the secret that matched; `nil` where that secret has no name, or a credential vouched instead.
    public let secretName: String?
    /// The id, where it is part of the signed content. Never an id that anybody could have changed.
    public let signedID: String?
    /// When the sender says it signed the request.
    public let timestamp: Date?
    public let staleness: Staleness

    public init(
        secretName: String? = nil,
        signedID: String? = nil,
        timestamp: Date? = nil,
        staleness: Staleness = .fresh
    ) {
        self.secretName = secretName
        self.signedID = signedID
        self.timestamp = timestamp
        self.staleness = staleness
    }
}

/// Why a request was refused. For logs and counters; the answer never tells (one body for all causes).
public enum RefusalCause: String, Sendable, CaseIterable {
    case missingSignature = "missing_signature"
    case malformedSignature = "malformed_signature"
    case wrongSignature = "wrong_signature"
    /// More signatures in one header than ``SignatureVerifier/mostSignatures``.
    case tooManySignatures = "too_many_signatures"
    /// A header longer than ``SignatureVerifier/longestHeader``.
    case headerTooLong = "header_too_long"
    /// A signature, id, timestamp or credential header that came twice.
    case repeatedHeader = "repeated_header"
    case missingTimestamp = "missing_timestamp"
    /// A timestamp that is anything but digits.
    case malformedTimestamp = "malformed_timestamp"
    case missingID = "missing_id"
    /// An id that is empty, too long, or holds what joins it to the rest of the signed content.
    case malformedID = "malformed_id"
    case missingCredential = "missing_credential"
    case wrongCredential = "wrong_credential"
    /// OpenSSL failed. Trouble of ours, to be answered as such.
    case internalFailure = "internal_failure"
}
