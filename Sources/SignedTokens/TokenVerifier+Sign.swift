public import Foundation
public import WebhookSignature

extension TokenVerifier {
    /// Makes the header whose token makes a body a valid request, signed with the first secret.
    ///
    /// - Parameters:
    ///   - id: becomes `jti`.
    ///   - date: becomes `iat`; the token expires five minutes later.
    /// - Throws: ``SignatureError`` where only public keys are known or the body itself is the token, and when OpenSSL
    ///   fails.
    public func sign(
        body: [UInt8],
        id: String,
        timestamp date: Date
    ) throws(SignatureError) -> (name: String, value: String) {
        guard let name = rule.header else {
            throw SignatureError(operation: "making a token that is the body itself")
        }
        guard let algorithm = rule.algorithms.first(where: \.usesSharedSecret),
            let authenticator = secrets.first?.authenticators[algorithm]
        else { throw SignatureError(operation: "signing a token with a public key, which can only verify,") }
        let seconds = Int64(date.timeIntervalSince1970)
        var claims = [
            ("jti", Self.quoted(id)), ("iat", String(seconds)), ("exp", String(seconds + Int64(Self.expiryTolerance))),
        ]
        if let issuer = rule.issuer { claims.append(("iss", Self.quoted(issuer))) }
        if let audience = rule.audience { claims.append(("aud", Self.quoted(audience))) }
        if let digest = rule.bodyDigest {
            let bytes = try SHA256.digest(of: body)
            let text =
                switch digest.encoding {
                case .base64: BinaryText.base64Text(bytes)
                case .hex: BinaryText.hexText(bytes)
                }
            claims.append((digest.claim, Self.quoted(text)))
        }
        let payload = "{" + claims.map { "\(Self.quoted($0.0)):\($0.1)" }.joined(separator: ",") + "}"
        let signed = Self.part(#"{"alg":"\#(algorithm.rawValue)","typ":"JWT"}"#) + "." + Self.part(payload)
        let code = try authenticator.code(of: [.text(signed)])
        return (name, rule.prefix + signed + "." + Self.part(code))
    }

    private static func part(_ text: String) -> String { part(Array(text.utf8)) }

    private static func part(_ bytes: [UInt8]) -> String {
        String(BinaryText.base64Text(bytes, alphabet: .url).prefix { $0 != "=" })
    }

    /// A JSON string (RFC 8259 section 7).
    private static func quoted(_ text: String) -> String {
        let escaped = text.unicodeScalars.map { scalar in
            switch scalar {
            case "\"": "\\\""
            case "\\": "\\\\"
            case "\0"..."\u{1F}": "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: String(scalar)
            }
        }
        return "\"" + escaped.joined() + "\""
    }
}
