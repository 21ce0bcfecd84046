public import Foundation
public import WebhookSignature

/// Verifies the signed tokens of one sender (RFC 7515, 7519, 8417).
///
/// Safe to call from several threads at once. Nothing in it waits: the keys are those known at the time.
public struct TokenVerifier: Sendable {
    /// How far `exp` and `nbf` may be on the wrong side of now, in seconds.
    static let expiryTolerance: TimeInterval = 300
    /// `typ` of a Security Event Token (RFC 8417 section 2.3); `application/` may stand in front (RFC 7515 section 4.1.9).
    static let eventTokenTypes = ["secevent+jwt", "application/secevent+jwt"]

    public let rule: TokenRule
    let secrets: [SharedSecret]
    let json: TokenValue.Reader
    private let header: String?
    private let keys: (any JWKSSource)?
    /// How far `iat` may be from now, in seconds.
    private let tolerance: TimeInterval

    struct SharedSecret: Sendable {
        let name: String?
        /// One for each pinned algorithm with a shared secret.
        let authenticators: [TokenAlgorithm: MessageAuthenticator]
    }

    /// Joins a rule with its keys.
    ///
    /// - Parameters:
    ///   - secrets: for algorithms with a shared secret, and for no other.
    ///   - keys: for every other algorithm.
    ///   - tolerance: how far `iat` may be from now.
    /// - Throws: ``SignatureError`` when an algorithm has no key, or OpenSSL refuses it.
    public init(
        rule: TokenRule,
        secrets: [Secret] = [],
        keys: (any JWKSSource)? = nil,
        tolerance: Duration = .seconds(300),
        json: @escaping TokenValue.Reader
    ) throws(SignatureError) {
        guard !rule.algorithms.isEmpty else { throw SignatureError(operation: "finding an algorithm for tokens") }
        if rule.usesSecrets, secrets.isEmpty { throw SignatureError(operation: "finding a secret for tokens") }
        if rule.usesKeySet, keys == nil { throw SignatureError(operation: "finding a key set for tokens") }
        self.rule = rule
        self.keys = keys
        self.tolerance = tolerance / .seconds(1)
        self.json = json
        header = rule.header?.lowercased()
        var shared: [SharedSecret] = []
        for secret in secrets {
            var authenticators: [TokenAlgorithm: MessageAuthenticator] = [:]
            for algorithm in rule.algorithms {
                guard let hash = algorithm.sharedSecretHash else { continue }
                authenticators[algorithm] = try MessageAuthenticator(
                    digest: hash.name,
                    length: hash.length,
                    secret: secret
                )
            }
            shared.append(SharedSecret(name: secret.name, authenticators: authenticators))
        }
        self.secrets = shared
    }

    /// Whether the token is missing from the head.
    ///
    /// - Parameter isThere: whether there is a header whose name, without case, is the one given in lower case.
    public func isMissing(among isThere: (String) -> Bool) -> Bool {
        header.map { !isThere($0) } ?? false
    }

    /// Verifies the token of one request. Its claims are read after its signature was found right.
    ///
    /// - Parameters:
    ///   - headers: the values of the header whose name, without case, is the one given in lower case.
    ///   - body: the body as it arrived, its length bounded by the caller.
    ///   - now: the time against which `iat`, `exp` and `nbf` are judged.
    /// - Returns: verified with `jti` as the signed id where the body is the token, and `iat` as the timestamp. A token
    ///   outside its time is verified and stale, so that the repetition of a known delivery can be told from a new one.
    public func verify(headers: (String) -> HeaderValues, body: [UInt8], now: Date) -> Verification {
        do throws(RefusalCause) {
            let token = try token(headers: headers, body: body)
            let keyName = try verifiedKeyName(of: token, now: now)
            guard let claims = json(token.payload) else { throw RefusalCause.malformedClaim }
            return .verified(try judge(claims, keyName: keyName, body: body, now: now))
        } catch {
            return .refused(error)
        }
    }

    private func token(headers: (String) -> HeaderValues, body: [UInt8]) throws(RefusalCause) -> CompactToken {
        let bytes: [UInt8]
        if let header {
            let values = headers(header)
            guard let value = values.first else { throw .missingToken }
            guard values.count == 1 else { throw .repeatedHeader }
            guard value.utf8.count <= CompactToken.longestInHeader else { throw .headerTooLong }
            guard value.utf8.starts(with: rule.prefix.utf8) else { throw .malformedToken }
            bytes = Array(value.utf8.dropFirst(rule.prefix.utf8.count))
        } else {
            guard body.count <= CompactToken.longestInBody else { throw .malformedToken }
            bytes = body
        }
        guard let token = CompactToken(bytes) else { throw .malformedToken }
        return token
    }

    /// The name of the key that signed: the secret's, or the `kid` of a public key.
    private func verifiedKeyName(of token: CompactToken, now: Date) throws(RefusalCause) -> String? {
        // The key can only be chosen by what the header says, so this much is read before the signature is checked.
        guard let header = json(token.header), case .object = header, let name = header["alg"]?.text else {
            throw .malformedToken
        }
        guard let algorithm = rule.algorithms.first(where: { $0.rawValue.isSame(as: name) }) else {
            throw .unpinnedAlgorithm
        }
        // Whoever does not know an extension that a token calls critical must refuse it (RFC 7515 section 4.1.11).
        guard header["crit"] == nil else { throw .malformedToken }
        if rule.header == nil {
            guard let type = header["typ"]?.text?.lowercased(), Self.eventTokenTypes.contains(type) else {
                throw .wrongTokenType
            }
        }
        guard !algorithm.usesSharedSecret else { return try sharedSecretName(of: token, algorithm) }
        let id = header["kid"]?.text
        if header["kid"] != nil {
            guard let id, id.utf8.count <= CompactToken.longestKeyID else { throw .malformedToken }
        }
        guard let keys, let set = keys.keySet() else { throw .keysUnavailable }
        guard let verifier = set.verifier(for: algorithm, id: id) else {
            throw keys.noteUnknownKey(at: now) ? .keysUnavailable : .unknownKey
        }
        guard verifier.isRight(token.signature, over: token.signedBytes) else { throw .wrongTokenSignature }
        return id
    }

    private func sharedSecretName(
        of token: CompactToken,
        _ algorithm: TokenAlgorithm
    ) throws(RefusalCause) -> String? {
        for secret in secrets {
            guard let authenticator = secret.authenticators[algorithm] else { continue }
            let code: [UInt8]
            do { code = try authenticator.code(of: [.bytes(token.signedBytes)]) } catch { throw .internalFailure }
            if ConstantTime.equal(code, token.signature) { return secret.name }
        }
        throw .wrongTokenSignature
    }

    private func judge(
        _ claims: TokenValue,
        keyName: String?,
        body: [UInt8],
        now: Date
    ) throws(RefusalCause) -> VerifiedRequest {
        let claims = try TokenClaims(claims, isEventToken: rule.header == nil)
        if let issuer = rule.issuer, claims.issuer?.isSame(as: issuer) != true { throw .wrongIssuer }
        if let audience = rule.audience, !claims.audience.contains(where: { $0.isSame(as: audience) }) {
            throw .wrongAudience
        }
        if let digest = rule.bodyDigest { try check(claims.bodyDigest(digest), body: body) }
        return VerifiedRequest(
            secretName: keyName,
            signedID: rule.header == nil ? claims.id : nil,
            timestamp: claims.issuedAt.map { Date(timeIntervalSince1970: $0) },
            staleness: staleness(of: claims, now: now.timeIntervalSince1970)
        )
    }

    private func check(_ claimed: [UInt8]?, body: [UInt8]) throws(RefusalCause) {
        guard let claimed else { throw .malformedClaim }
        let digest: [UInt8]
        do { digest = try SHA256.digest(of: body) } catch { throw .internalFailure }
        guard ConstantTime.equal(claimed, digest) else { throw .wrongBodyDigest }
    }

    private func staleness(of claims: TokenClaims, now: Double) -> VerifiedRequest.Staleness {
        if let issuedAt = claims.issuedAt, abs(now - issuedAt) > tolerance { return .stale(skew: now - issuedAt) }
        if let expiry = claims.expiry, now - expiry >= Self.expiryTolerance { return .stale(skew: now - expiry) }
        if let start = claims.notBefore, start - now > Self.expiryTolerance { return .stale(skew: now - start) }
        return .fresh
    }
}
