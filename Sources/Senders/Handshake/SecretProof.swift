public import Foundation
public import WebhookSignature

/// Proves to a sender that we have its secret, by the HMAC of a text that it chose.
///
/// Only whoever signed with a secret is given a code under it: to anybody else a text chosen well would be a signature.
struct SecretProof: Sendable {
    private struct Key: Sendable {
        /// Knows requests that this one secret signed.
        let verifier: SignatureVerifier
        /// Signs nothing but a text.
        let signer: SignatureVerifier
    }

    private let keys: [Key]

    /// - Returns: `nil` for a sender whose handshake asks for no proof.
    /// - Throws: ``SignatureError`` as ``SignatureVerifier`` does.
    init?(_ sender: Sender, id: IDRule?, secrets: [Secret]) throws(SignatureError) {
        guard sender.handshake.needsProof, let scheme = sender.signature else { return nil }
        let plain = SignatureScheme(headers: ["code"], algorithm: .sha256, encoding: .hex)
        var keys: [Key] = []
        for secret in secrets {
            keys.append(
                Key(
                    verifier: try SignatureVerifier(
                        scheme: scheme,
                        timestamp: sender.timestamp,
                        id: id,
                        secrets: [secret]
                    ),
                    signer: try SignatureVerifier(scheme: plain, secrets: [secret])
                )
            )
        }
        self.keys = keys
    }

    func code(
        of text: String,
        answering headers: (String) -> HeaderValues,
        body: [UInt8],
        now: Date
    ) throws(SignatureError) -> String? {
        for key in keys {
            guard case .verified(let request) = key.verifier.verify(headers: headers, body: body, now: now),
                request.staleness == .fresh
            else { continue }
            return try key.signer.sign(body: Array(text.utf8), id: "", timestamp: now).first?.value
        }
        return nil
    }
}

extension Authenticator {
    /// The HMAC of a text in lower-case hex under the secret that signed a request.
    ///
    /// - Parameters:
    ///   - text: what the sender wants to see a code of.
    ///   - headers: those of the request, as for ``authenticate(headers:body:now:)``.
    ///   - body: the request's body as it arrived.
    ///   - now: the time against which its timestamp is judged.
    /// - Returns: `nil` where no secret signed the request, or the sender's handshake asks for no code.
    /// - Throws: ``SignatureError`` when OpenSSL fails.
    public func code(
        of text: String,
        answering headers: (String) -> HeaderValues,
        body: [UInt8],
        now: Date
    ) throws -> String? {
        try proof?.code(of: text, answering: headers, body: body, now: now)
    }
}
