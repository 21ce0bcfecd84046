/// How a token is signed (RFC 7518 section 3.1, RFC 8037). There is no `none`.
public enum TokenAlgorithm: String, Sendable, CaseIterable {
    case hs256 = "HS256"
    case hs384 = "HS384"
    case hs512 = "HS512"
    case rs256 = "RS256"
    case rs384 = "RS384"
    case rs512 = "RS512"
    case ps256 = "PS256"
    case ps384 = "PS384"
    case ps512 = "PS512"
    case es256 = "ES256"
    case es384 = "ES384"
    case es512 = "ES512"
    case edDSA = "EdDSA"

    /// A hash under an HMAC, as OpenSSL calls it and how long its digest is.
    struct Hash {
        let name: String
        /// In bytes.
        let length: Int
    }

    /// The kinds of public keys that verify, by the members of a JWK (RFC 7518 section 6, RFC 8037 section 2).
    enum KeyType: Sendable, Equatable {
        case rsa
        /// On a curve, such as `P-256`.
        case ellipticCurve(String)
        case ed25519
    }

    /// The hash where both sides share a secret; `nil` where a key pair signs.
    var sharedSecretHash: Hash? {
        switch self {
        case .hs256: Hash(name: "SHA256", length: 32)
        case .hs384: Hash(name: "SHA384", length: 48)
        case .hs512: Hash(name: "SHA512", length: 64)
        default: nil
        }
    }

    /// Whether both sides share a secret. Such a key comes only from `secrets`, every other only from a key set, so that a
    /// public key can never be taken for a secret.
    public var usesSharedSecret: Bool { sharedSecretHash != nil }

    /// The kind of public key; `nil` where both sides share a secret.
    var keyType: KeyType? {
        switch self {
        case .hs256, .hs384, .hs512: nil
        case .rs256, .rs384, .rs512, .ps256, .ps384, .ps512: .rsa
        case .es256: .ellipticCurve("P-256")
        case .es384: .ellipticCurve("P-384")
        case .es512: .ellipticCurve("P-521")
        case .edDSA: .ed25519
        }
    }
}
