import WebhookSignature

/// The claims of a token whose signature was found right (RFC 7519 section 4.1, RFC 8417 section 2.2).
struct TokenClaims {
    let issuer: String?
    /// `aud`, a text or several.
    let audience: [String]
    /// `jti`, at most as long as any id.
    let id: String?
    /// Seconds since 1970, like the two below.
    let issuedAt: Double?
    let expiry: Double?
    let notBefore: Double?
    private let claims: TokenValue

    /// - Parameter isEventToken: whether it is a Security Event Token, which must have `jti`, `iat` and `events`.
    /// - Throws: ``RefusalCause/malformedClaim`` for a claim that is missing or of the wrong kind: a claim that is there
    ///   and not understood must not count as absent.
    init(_ claims: TokenValue, isEventToken: Bool) throws(RefusalCause) {
        guard case .object = claims else { throw .malformedClaim }
        self.claims = claims
        issuer = try Self.text("iss", in: claims)
        audience = try Self.texts("aud", in: claims)
        id = try Self.text("jti", in: claims)
        issuedAt = try Self.seconds("iat", in: claims)
        expiry = try Self.seconds("exp", in: claims)
        notBefore = try Self.seconds("nbf", in: claims)
        guard isEventToken else { return }
        guard let id, (1...IDRule.longest).contains(id.utf8.count), issuedAt != nil,
            case .object(let events)? = claims["events"], !events.isEmpty
        else { throw .malformedClaim }
    }

    /// The digest that a claim holds; `nil` where it is missing or does not decode.
    func bodyDigest(_ rule: TokenRule.BodyDigest) -> [UInt8]? {
        guard let text = claims[rule.claim]?.text else { return nil }
        switch rule.encoding {
        case .base64: return BinaryText.base64(text.utf8, strict: false, padded: false)
        case .hex: return BinaryText.hex(text.utf8, upperCase: true)
        }
    }

    private static func text(_ name: String, in claims: TokenValue) throws(RefusalCause) -> String? {
        guard let value = claims[name] else { return nil }
        guard let text = value.text else { throw .malformedClaim }
        return text
    }

    private static func texts(_ name: String, in claims: TokenValue) throws(RefusalCause) -> [String] {
        guard let value = claims[name] else { return [] }
        if let text = value.text { return [text] }
        guard case .list(let items) = value else { throw .malformedClaim }
        let texts = items.compactMap(\.text)
        guard texts.count == items.count else { throw .malformedClaim }
        return texts
    }

    private static func seconds(_ name: String, in claims: TokenValue) throws(RefusalCause) -> Double? {
        guard let value = claims[name] else { return nil }
        guard let seconds = value.seconds else { throw .malformedClaim }
        return seconds
    }
}
