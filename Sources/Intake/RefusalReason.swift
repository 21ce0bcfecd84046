import WebhookSignature

/// Why a request was refused, as it is logged and counted: a word from a fixed list, nothing that the request brought.
enum RefusalReason: Hashable, Sendable {
    case authentication(RefusalCause)
    case staleTimestamp
    case malformedHandshake
    /// A handshake brings a token and nothing is configured to keep it in.
    case noPlaceForTokens
    case tooManyVerificationTokens
    /// The source is none of those that the sender may send from.
    case forbiddenSource

    /// Whether it is our trouble, which the sender's next try may not meet.
    var isOurs: Bool {
        switch self {
        case .authentication(.keysUnavailable), .noPlaceForTokens, .tooManyVerificationTokens: true
        default: false
        }
    }

    var word: String {
        switch self {
        case .authentication(let cause): cause.rawValue
        case .staleTimestamp: "stale_timestamp"
        case .malformedHandshake: "malformed_handshake"
        case .noPlaceForTokens: "no_place_for_tokens"
        case .tooManyVerificationTokens: "too_many_verification_tokens"
        case .forbiddenSource: "forbidden_source"
        }
    }
}
