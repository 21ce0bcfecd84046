import Foundation
import JWTKit
import Senders
import SignedTokens
import Testing
import WebhookSignature

/// Makes tokens with keys of its own. The end to end tests let another library make them.
struct TokenFactory {
    static let now = Date(timeIntervalSince1970: 1_795_536_000)

    let es256 = ES256PrivateKey()
    let es256Second = ES256PrivateKey()
    let secret = "fa-shared-secret-do-not-use"

    static func part(_ bytes: some Sequence<UInt8>) -> String {
        Data(bytes).base64EncodedString().replacingOccurrences(of: "+", with: "-")
            .replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: "=", with: "")
    }

    /// A token signed by whatever signs bytes.
    static func token(_ header: String, _ claims: String, sign: ([UInt8]) throws -> [UInt8]) rethrows -> String {
        let signed = part(header.utf8) + "." + part(claims.utf8)
        return signed + "." + part(try sign(Array(signed.utf8)))
    }

    /// A key's algorithm, as jwt-kit hands it out.
    static func signer(_ key: ES256PrivateKey) async throws -> any JWTAlgorithm {
        let collection = JWTKeyCollection()
        await collection.add(ecdsa: key)
        return try await collection.getKey()
    }

    func es256Token(_ header: String, _ claims: String, second: Bool = false) async throws -> String {
        let signer = try await Self.signer(second ? es256Second : es256)
        return try Self.token(header, claims) { try signer.sign($0) }
    }

    func hs256Token(
        _ claims: String,
        header: String = #"{"alg":"HS256"}"#,
        secret: String? = nil
    ) throws -> String {
        let verifier = try SignatureVerifier(
            scheme: SignatureScheme(headers: ["x"]),
            secrets: [try Secret(text: secret ?? self.secret, encoding: .utf8)]
        )
        return try Self.token(header, claims) { bytes in
            let digits = try verifier.sign(body: bytes, id: "", timestamp: Self.now)[0].value
            return stride(from: 0, to: digits.count, by: 2).compactMap { offset in
                UInt8(digits.dropFirst(offset).prefix(2), radix: 16)
            }
        }
    }

    /// A JWK of one of the keys.
    func jwk(second: Bool = false, id: String?, more: String = "") throws -> String {
        let parameters = try #require((second ? es256Second : es256).parameters)
        func url(_ text: String) -> String {
            text.replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
                .replacingOccurrences(of: "=", with: "")
        }
        let kid = id.map { ",\"kid\":\"\($0)\"" } ?? ""
        return
            #"{"kty":"EC","crv":"P-256","x":"\#(url(parameters.x))","y":"\#(url(parameters.y))"\#(kid)\#(more)}"#
    }

    func keys(_ items: [String], algorithms: [TokenAlgorithm] = [.es256]) async throws -> RenewedKeySet {
        let keys = RenewedKeySet(
            location: .url("https://idp.example.com/keys"),
            algorithms: algorithms,
            json: TokenValue.strict
        )
        try await keys.renew(with: Array("{\"keys\":[\(items.joined(separator: ","))]}".utf8), at: Self.now)
        // Used up, so that an unknown key is unknown.
        _ = keys.noteUnknownKey(at: Self.now)
        try await keys.renew(with: Array("{\"keys\":[\(items.joined(separator: ","))]}".utf8), at: Self.now)
        return keys
    }
}
