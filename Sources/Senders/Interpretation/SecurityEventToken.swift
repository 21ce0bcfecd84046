import WebhookSignature

/// The claims of a Security Event Token in the compact form of a JWS (RFC 8417, section 2; RFC 7515, section 7.1).
///
/// Whoever let the delivery in has verified the signature over these very bytes.
public enum SecurityEventToken {
    public struct Problem: Error, CustomStringConvertible {
        public let description: String
    }

    /// The claims of a body that is one token; white space around it is left out.
    ///
    /// - Throws: ``Problem`` where it is no token of three parts, or its payload is no JSON object.
    public static func claims(of body: [UInt8]) throws(Problem) -> JSONValue {
        let isBlank = { (byte: UInt8) in [0x20, 0x09, 0x0A, 0x0D].contains(byte) }
        var token = body[...].drop(while: isBlank)
        while let last = token.last, isBlank(last) { token.removeLast() }
        let parts = token.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw Problem(description: "is no signed token of three parts") }
        guard let payload = BinaryText.base64(parts[1], alphabet: .url, strict: true, padded: false) else {
            throw Problem(description: "the token is not base64url")
        }
        let claims: JSONValue
        do { claims = try JSONValue(parsing: payload) } catch { throw Problem(description: "the token: \(error)") }
        guard case .object = claims else { throw Problem(description: "the token holds no claims") }
        return claims
    }
}
