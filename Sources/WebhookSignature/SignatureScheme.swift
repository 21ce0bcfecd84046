/// How a sender signs its requests, as data (design section 5a).
///
/// A scheme holds no secret and no clock; ``SignatureVerifier`` joins the three.
public struct SignatureScheme: Sendable, Equatable {
    /// The hash under the HMAC (RFC 2104), or a signature by a key pair.
    public enum Algorithm: String, Sendable, CaseIterable {
        case sha256, sha512
        /// Only for senders that can do no better; the configuration asks for `allow_sha1` beside it.
        case sha1
        /// Ed25519 (RFC 8032), such as `v1a` of Standard Webhooks; the secret is the sender's public key, 32 bytes.
        case ed25519

        /// The length of one signature in bytes.
        public var length: Int {
            switch self {
            case .sha1: 20
            case .sha256: 32
            case .sha512, .ed25519: 64
            }
        }
    }

    /// How the bytes of a signature are written.
    public enum Encoding: String, Sendable, CaseIterable {
        /// Lower case only.
        case hex
        /// RFC 4648 section 4, padded.
        case base64
        /// RFC 4648 section 5; padding may be left out.
        case base64url
    }

    /// How the header holds its signatures.
    public enum Layout: String, Sendable, CaseIterable {
        /// The whole header is one signature.
        case plain
        /// Several signatures, divided by ``SignatureScheme/separator``.
        case list
        /// `k=v` parts, divided by commas; a repeated signature key is several signatures.
        case keyed
    }

    /// The names of the parts where the layout is keyed.
    public struct Keys: Sendable, Equatable {
        /// The part that holds the timestamp; `nil` where the timestamp has a header of its own or there is none.
        public var timestamp: String?
        /// The part that holds a signature.
        public var signature: String

        public init(timestamp: String?, signature: String) {
            self.timestamp = timestamp
            self.signature = signature
        }
    }

    /// Names of the header that holds the signature, compared without case; the first one present counts.
    public var headers: [String]
    public var algorithm: Algorithm
    public var encoding: Encoding
    /// Stands in front of each signature, exactly; elements of a list without it are ignored.
    public var prefix: String
    /// What is signed.
    public var content: ContentTemplate
    public var layout: Layout
    /// Divides the signatures of a list. Never empty.
    public var separator: String
    /// Present where the layout is keyed.
    public var keys: Keys?
    /// How the configured secret becomes the key.
    public var secretEncoding: Secret.Encoding

    public init(
        headers: [String],
        algorithm: Algorithm = .sha256,
        encoding: Encoding = .hex,
        prefix: String = "",
        content: ContentTemplate = .body,
        layout: Layout = .plain,
        separator: String = " ",
        keys: Keys? = nil,
        secretEncoding: Secret.Encoding = .utf8
    ) {
        self.headers = headers
        self.algorithm = algorithm
        self.encoding = encoding
        self.prefix = prefix
        self.content = content
        self.layout = layout
        self.separator = separator
        self.keys = keys
        self.secretEncoding = secretEncoding
    }
}

/// Where a request says when it was sent, and how far from now that may be.
public struct TimestampRule: Sendable, Equatable {
    public enum Unit: String, Sendable, CaseIterable {
        /// Whole seconds since 1970.
        case seconds = "s"
        /// Whole milliseconds since 1970.
        case milliseconds = "ms"
    }

    /// Names of the header, the first one present counts; empty where the timestamp is a keyed part of the signature.
    public var headers: [String]
    public var unit: Unit
    /// How far the timestamp may be from now, on both sides, the bound included.
    public var tolerance: Duration

    public init(headers: [String], unit: Unit = .seconds, tolerance: Duration = .seconds(300)) {
        self.headers = headers
        self.unit = unit
        self.tolerance = tolerance
    }
}

/// Where a request names its id in a header.
public struct IDRule: Sendable, Equatable {
    /// The longest id in bytes (rule 14).
    public static let longest = 256

    /// Names of the header; the first one present counts.
    public var headers: [String]

    public init(headers: [String]) { self.headers = headers }
}
