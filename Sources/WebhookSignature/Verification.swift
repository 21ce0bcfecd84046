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

    /// The name of the secret that matched, as whoever made the verifier calls it; `nil` where it has none, or a
    /// credential vouched instead.
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
    case missingToken = "missing_token"
    /// A token that is not three parts of base64url around JSON, is too long, or asks for what we do not know (`crit`).
    case malformedToken = "malformed_token"
    /// A token signed by an algorithm that is not pinned, `none` among them.
    case unpinnedAlgorithm = "unpinned_algorithm"
    /// A token of another type than the one that must come here.
    case wrongTokenType = "wrong_token_type"
    /// A token of a key that the key set does not have.
    case unknownKey = "unknown_key"
    case wrongTokenSignature = "wrong_token_signature"
    case wrongIssuer = "wrong_issuer"
    case wrongAudience = "wrong_audience"
    /// A token without a claim that it must have, or with one that cannot be read.
    case malformedClaim = "malformed_claim"
    /// A token that was made for another body.
    case wrongBodyDigest = "wrong_body_digest"
    /// The key set was not read yet, or is being read again. Trouble of ours, to be answered as such.
    case keysUnavailable = "keys_unavailable"
    /// OpenSSL failed. Trouble of ours, to be answered as such.
    case internalFailure = "internal_failure"
}
