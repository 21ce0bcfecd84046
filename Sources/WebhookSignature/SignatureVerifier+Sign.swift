public import Foundation

extension SignatureVerifier {
    /// Makes the headers under which a body is a valid request, signed with the first secret.
    ///
    /// - Parameters:
    ///   - id: the request's id; left out of the headers where the sender's requests have none.
    ///   - date: when it was signed.
    /// - Returns: names as the scheme writes them first, each once.
    /// - Throws: ``SignatureError`` when OpenSSL fails, the id could not be verified again, or the secret is a public key.
    public func sign(
        body: [UInt8],
        id givenID: String,
        timestamp date: Date
    ) throws(SignatureError) -> [(name: String, value: String)] {
        guard let key = keys.first else { throw SignatureError(operation: "finding a secret") }
        guard case .hmac(let authenticator) = key.method else {
            throw SignatureError(operation: "signing with a public key, which can only verify,")
        }
        if scheme.content.signsID {
            guard isUsable(id: givenID) else {
                throw SignatureError(operation: "using the id, which is empty, too long or holds a separator,")
            }
        }
        let factor: Double = timestamp?.unit == .milliseconds ? 1000 : 1
        let sent = String(Int64(date.timeIntervalSince1970 * factor))
        let code = try authenticator.code(of: signedPieces(id: givenID, timestamp: sent, body: body))
        let digits =
            switch scheme.encoding {
            case .hex: BinaryText.hexText(code)
            case .base64: BinaryText.base64Text(code)
            case .base64url: BinaryText.base64Text(code, alphabet: .url)
            }
        var headers: [(name: String, value: String)] = []
        if let name = id?.headers.first { headers.append((name, givenID)) }
        var signature = scheme.prefix + digits
        if scheme.layout == .keyed, let names = scheme.keys {
            signature = "\(names.signature)=\(signature)"
            if let timestampKey = names.timestamp, timestamp != nil {
                signature = "\(timestampKey)=\(sent),\(signature)"
            }
        }
        if let name = timestamp?.headers.first, scheme.layout != .keyed || scheme.keys?.timestamp == nil {
            headers.append((name, sent))
        }
        if let name = scheme.headers.first { headers.append((name, signature)) }
        return headers
    }
}
