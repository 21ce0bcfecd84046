import WebhookSignature

/// A JWS in its compact form (RFC 7515 section 7.1), taken apart and not yet verified.
public struct CompactToken: Sendable {
    /// The longest token in a header, in bytes: an access token with many roles has some thousand.
    public static let longestInHeader = 16_384
    /// The longest token that is a body, in bytes.
    public static let longestInBody = 262_144
    /// The longest header part, decoded, in bytes; it has a handful of short members.
    static let longestHeader = 4096
    /// The longest `kid`, in bytes.
    static let longestKeyID = 512

    /// What the signature covers: header and payload as they were sent.
    let signedBytes: [UInt8]
    let header: [UInt8]
    let payload: [UInt8]
    let signature: [UInt8]

    /// Takes a token apart; `nil` where it is not three parts of base64url without padding and without stray bits, so
    /// that no second spelling of a token is valid.
    init?(_ token: [UInt8]) {
        let parts = token.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Self.decoded(parts[0]), header.count <= Self.longestHeader,
            let payload = Self.decoded(parts[1]), let signature = Self.decoded(parts[2])
        else { return nil }
        signedBytes = Array(token[..<parts[1].endIndex])
        self.header = header
        self.payload = payload
        self.signature = signature
    }

    /// The claims' JSON text of a body that is a token, as it was signed; `nil` where it is none.
    ///
    /// For bodies that were verified when they came: nothing is verified here.
    public static func payload(ofBody body: [UInt8]) -> [UInt8]? {
        guard body.count <= longestInBody else { return nil }
        return CompactToken(body)?.payload
    }

    private static func decoded(_ part: ArraySlice<UInt8>) -> [UInt8]? {
        guard !part.isEmpty, part.last != UInt8(ascii: "=") else { return nil }
        return BinaryText.base64(part, alphabet: .url, strict: true, padded: false)
    }
}
