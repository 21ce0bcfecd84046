import WebhookSignature

/// A token that signs somebody in. Holds its digest alone.
public struct ConsoleToken: Sendable {
    public let owner: Operator
    /// SHA-256 of the token, 32 bytes.
    let digest: [UInt8]

    /// - Throws: `SignatureError` where OpenSSL has no SHA-256.
    public init(_ token: String, of owner: Operator) throws {
        self.owner = owner
        digest = try SHA256.digest(of: Array(token.utf8))
    }
}

/// All tokens.
struct TokenRing: Sendable {
    private let tokens: [ConsoleToken]

    /// No token is longer; what is longer is not hashed.
    private static let longest = 4096

    init(_ tokens: [ConsoleToken]) { self.tokens = tokens }

    /// Whose token it is; `nil` where it is nobody's. How long it takes says nothing about which or how much of one.
    ///
    /// - Throws: `SignatureError`.
    func token(_ presented: String) throws -> ConsoleToken? {
        guard !presented.isEmpty, presented.utf8.count <= Self.longest else { return nil }
        let digest = try SHA256.digest(of: Array(presented.utf8))
        var found: ConsoleToken?
        for token in tokens where ConstantTime.equal(token.digest, digest) { found = token }
        return found
    }

    /// Whether a token is there still, with the same owner and role.
    func holds(_ token: ConsoleToken) -> Bool {
        tokens.contains { $0.owner == token.owner && ConstantTime.equal($0.digest, token.digest) }
    }
}
