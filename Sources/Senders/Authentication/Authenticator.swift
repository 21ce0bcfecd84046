public import Foundation
public import SignedTokens
public import StrictYAML
public import WebhookSignature

/// Tells whether a request is one of a sender's: its signature, its token, its credential, and what of it is signed.
///
/// Safe to call from several threads at once. A class, because every request under way holds on to it.
public final class Authenticator: Sendable {
    private struct Credential: Sendable {
        let place: Sender.CredentialRule.Place
        /// Where the place is in the body.
        let inBody: BodyCredential?
        let value: [UInt8]

        init(_ place: Sender.CredentialRule.Place, _ value: [UInt8]) {
            self.place = place
            self.value = value
            if case .path(let path) = place { inBody = BodyCredential(path) } else { inBody = nil }
        }
    }

    /// What answers a handshake that asks for the secret's code.
    let proof: SecretProof?
    private let verifier: SignatureVerifier?
    private let token: TokenVerifier?
    private let credential: Credential?
    private let idPath: JSONPath?
    /// What `check` tells the operator: secrets that are short, rules that cannot do what they seem to.
    public let warnings: [String]
    /// The public keys of a sender whose tokens need some, to be renewed by the composition root; until they were, its
    /// requests are answered as trouble of ours.
    public let keySet: RenewedKeySet?

    /// Resolves a sender's secrets.
    ///
    /// - Returns: `nil` when a secret or a file of keys is missing or does not decode; that is reported at its place.
    public init?(
        _ sender: Sender,
        environment: [String: String],
        relativeTo directory: String,
        problems: YAMLProblems
    ) {
        let before = problems.errors.count
        var warnings: [String] = []
        var secrets: [Secret] = []
        for (reference, name) in zip(sender.secrets, sender.secretNames) {
            guard
                let value = reference.resolve(environment: environment, relativeTo: directory, problems: problems),
                // The key of a token is the text's bytes.
                let encoding = sender.signature?.secretEncoding ?? sender.token.map({ _ in .utf8 })
            else { continue }
            do {
                let secret = try Secret(
                    name: name,
                    text: value.text,
                    encoding: encoding,
                    for: sender.signature?.algorithm ?? .sha256
                )
                if secret.isShort {
                    warnings.append("\(reference.keyPath): the secret is under \(Secret.shortest) bytes")
                }
                secrets.append(secret)
            } catch {
                let message = "\(reference.place): \(error)"
                problems.report(YAMLError(reference.mark, keyPath: reference.keyPath, message: message))
            }
        }
        credential = sender.credential.flatMap { rule in
            rule.value.resolve(environment: environment, relativeTo: directory, problems: problems)
                .map { Credential(rule.place, Array($0.text.utf8)) }
        }
        var idRule: IDRule?
        var idPath: JSONPath?
        switch sender.id {
        case .header(let headers): idRule = IDRule(headers: headers)
        case .path(let path): idPath = path
        case nil: break
        }
        self.idPath = idPath
        var verifier: SignatureVerifier?
        var proof: SecretProof?
        if let scheme = sender.signature, problems.errors.count == before {
            do {
                verifier = try SignatureVerifier(
                    scheme: scheme,
                    timestamp: sender.timestamp,
                    id: idRule,
                    secrets: secrets
                )
                proof = try SecretProof(sender, id: idRule, secrets: secrets)
            } catch {
                problems.report(YAMLError(sender.mark, keyPath: sender.keyPath, message: error.description))
            }
        }
        self.verifier = verifier
        self.proof = proof
        keySet = Self.keySet(of: sender, relativeTo: directory, problems: problems)
        token = problems.errors.count > before ? nil : Self.tokenVerifier(sender, secrets, keySet, problems)
        if let rule = sender.token, !rule.signsBody, sender.signature == nil {
            warnings.append(
                "\(sender.keyPath).token: has no body_digest, so whoever gets hold of a token can send any body with it"
            )
        }
        if sender.timestamp != nil, sender.signature?.content.signsTimestamp != true, sender.token == nil {
            warnings.append("\(sender.keyPath).timestamp: is not signed, so it is not looked at")
        }
        self.warnings = warnings
        let isProven = verifier != nil || credential != nil || token != nil
        guard problems.errors.count == before, isProven else { return nil }
    }

    /// Whether what must vouch for the request is missing from its head, so that the body need not be read.
    ///
    /// - Parameter isThere: whether there is a header whose name, without case, is the one given in lower case.
    public func isMissing(among isThere: (String) -> Bool) -> Bool {
        if let verifier, verifier.isMissing(among: isThere) { return true }
        if let token, token.isMissing(among: isThere) { return true }
        if let credential, case .header(let name) = credential.place {
            return !isThere(name.lowercased())
        }
        return false
    }

    /// Verifies a request over its raw body. Nothing is parsed before the signature is right; a credential inside the
    /// body is read by a parse that bounds its depth.
    ///
    /// - Parameters:
    ///   - headers: the values of the header whose name, without case, is the one given in lower case; empty where there
    ///     is none.
    ///   - body: the body as it arrived, its length bounded by the caller.
    ///   - now: the time against which the timestamp is judged.
    public func authenticate(headers: (String) -> HeaderValues, body: [UInt8], now: Date) -> Verification {
        var request = VerifiedRequest()
        if let verifier {
            switch verifier.verify(headers: headers, body: body, now: now) {
            case .verified(let verified): request = verified
            case .refused(let cause): return .refused(cause)
            }
        }
        if let token {
            switch token.verify(headers: headers, body: body, now: now) {
            case .verified(let verified): request = verifier == nil ? verified : request.joined(with: verified)
            case .refused(let cause): return .refused(cause)
            }
        }
        if let cause = credentialRefusal(headers: headers, body: body) { return .refused(cause) }
        let isSigned = verifier != nil || token?.rule.signsBody == true
        guard isSigned, let idPath, request.signedID == nil else { return .verified(request) }
        guard let id = Self.id(at: idPath, in: body) else { return .verified(request) }
        guard (1...IDRule.longest).contains(id.utf8.count) else { return .refused(.malformedID) }
        return .verified(
            VerifiedRequest(
                secretName: request.secretName,
                signedID: id,
                timestamp: request.timestamp,
                staleness: request.staleness
            )
        )
    }

    /// Makes the headers under which a body is a valid request of this sender.
    ///
    /// - Throws: ``SignatureError`` when OpenSSL fails or the id cannot be used.
    public func sign(body: [UInt8], id: String, timestamp: Date) throws(SignatureError) -> [(
        name: String, value: String
    )] {
        var headers = try verifier?.sign(body: body, id: id, timestamp: timestamp) ?? []
        if let token { headers.append(try token.sign(body: body, id: id, timestamp: timestamp)) }
        if let credential, case .header(let name) = credential.place {
            headers.append((name, String(decoding: credential.value, as: UTF8.self)))
        }
        return headers
    }

    private func credentialRefusal(headers: (String) -> HeaderValues, body: [UInt8]) -> RefusalCause? {
        guard let credential else { return nil }
        switch credential.place {
        case .header(let name):
            let values = headers(name.lowercased())
            guard let value = values.first else { return .missingCredential }
            guard values.count == 1 else { return .repeatedHeader }
            return ConstantTime.equal(Array(value.utf8), credential.value) ? nil : .wrongCredential
        case .path: return credential.inBody?.refusal(of: body, secret: credential.value)
        }
    }

    /// The id in the body, which the signature covers; `nil` where there is none, so that the digest tells repetitions.
    private static func id(at path: JSONPath, in body: [UInt8]) -> String? {
        guard let document = document(body) else { return nil }
        let values = path.values(in: document, body: document).compactMap(\.scalarText)
        return values.count == 1 ? values.first : nil
    }

    private static func document(_ body: [UInt8]) -> JSONValue? {
        do { return try JSONValue(parsing: body) } catch { return nil }
    }
}
