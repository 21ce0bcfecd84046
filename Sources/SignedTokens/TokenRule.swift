/// How a sender's requests carry a signed token, as data (design section 5a). Holds no secret and no clock.
public struct TokenRule: Sendable, Equatable {
    /// Where the sender's public keys are (RFC 7517).
    public enum KeySetLocation: Sendable, Equatable, CustomStringConvertible {
        /// An absolute path, or one relative to the configuration.
        case file(String)
        /// `https`, or `http` to the own machine.
        case url(String)

        public var description: String {
            switch self {
            case .file(let path): "the file \(path)"
            case .url(let url): url
            }
        }
    }

    /// The claim that binds the body to the token: its SHA-256.
    public struct BodyDigest: Sendable, Equatable {
        public enum Encoding: String, Sendable, CaseIterable {
            /// RFC 4648 section 4; padding may be left out.
            case base64
            case hex
        }

        public var claim: String
        public var encoding: Encoding

        public init(claim: String, encoding: Encoding) {
            self.claim = claim
            self.encoding = encoding
        }
    }

    /// The name of the header that holds the token; `nil` where the body itself is the token, a Security Event Token
    /// (RFC 8935).
    public var header: String?
    /// Stands in front of the token, exactly.
    public var prefix: String
    /// The algorithms that may have signed; never empty.
    public var algorithms: [TokenAlgorithm]
    /// What `iss` must be.
    public var issuer: String?
    /// What `aud` must be, or one of its items.
    public var audience: String?
    public var keySet: KeySetLocation?
    public var bodyDigest: BodyDigest?

    public init(
        header: String? = nil,
        prefix: String = "",
        algorithms: [TokenAlgorithm],
        issuer: String? = nil,
        audience: String? = nil,
        keySet: KeySetLocation? = nil,
        bodyDigest: BodyDigest? = nil
    ) {
        self.header = header
        self.prefix = prefix
        self.algorithms = algorithms
        self.issuer = issuer
        self.audience = audience
        self.keySet = keySet
        self.bodyDigest = bodyDigest
    }

    /// Whether a valid token says that this very body came from the sender.
    public var signsBody: Bool { header == nil || bodyDigest != nil }

    /// Whether some algorithm takes its key from the sender's secrets.
    public var usesSecrets: Bool { algorithms.contains(where: \.usesSharedSecret) }

    /// Whether some algorithm takes its key from a key set.
    public var usesKeySet: Bool { algorithms.contains { !$0.usesSharedSecret } }
}
