import Foundation
import Testing
import WebhookSignature

@Suite("Signatures by a key pair, ed25519")
struct PublicKeyTests {
    /// RFC 8032 section 7.1, test 3: a key, a message of two bytes, and its signature.
    let key = "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025"
    let message: [UInt8] = [0xAF, 0x82]
    let signature =
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        + "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"

    private func verifier(_ secrets: [Secret]? = nil) throws -> SignatureVerifier {
        let secret = try Secret(name: "pair", text: key, encoding: .hex, for: .ed25519)
        let scheme = SignatureScheme(headers: ["X-Signature"], algorithm: .ed25519, secretEncoding: .hex)
        return try SignatureVerifier(scheme: scheme, secrets: secrets ?? [secret])
    }

    private func verify(_ signature: String, body: [UInt8]? = nil, by verifier: SignatureVerifier) -> Verification {
        verifier.verify(headers: { $0 == "x-signature" ? [signature] : [] }, body: body ?? message, now: .now)
    }

    @Test("the published signature is right, and none with one bit changed, whichever")
    func published() throws {
        let verifier = try verifier()
        #expect(verify(signature, by: verifier) == .verified(VerifiedRequest(secretName: "pair")))
        for bit in 0..<16 {
            var body = message
            body[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(verify(signature, body: body, by: verifier) == .refused(.wrongSignature))
        }
        let digits = Array(signature)
        for index in digits.indices {
            let value = try #require(Int(String(digits[index]), radix: 16))
            var changed = digits
            changed[index] = Character(String(value ^ 1, radix: 16))
            #expect(verify(String(changed), by: verifier) == .refused(.wrongSignature))
        }
        #expect(verify(String(digits.dropLast(2)), by: verifier) == .refused(.malformedSignature))
        #expect(verify("", by: verifier) == .refused(.malformedSignature))
    }

    @Test("of v1 and v1a side by side each scheme takes its own, in either order", arguments: [false, true])
    func sideBySide(isReversed: Bool) throws {
        // Made with the `cryptography` package of PyPI and the key of RFC 8032's test 1.
        let pair = "v1a,2XHh75HcV1tCTwqi/q70q3MhPzRXxamL71Xauu2RbmxalLVwzjo6wy54tfyI99pYjNAJTpoRJcTENivwrFTyBA=="
        let publicKey = "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
        let now = Date(timeIntervalSince1970: 1_764_000_000)
        let body = Array(#"{"type":"employee.departed"}"#.utf8)
        func rules(_ algorithm: SignatureScheme.Algorithm, _ prefix: String) throws -> Scheme.Rules {
            var scheme = try Scheme.standard().scheme
            scheme.algorithm = algorithm
            scheme.prefix = prefix
            return Scheme.Rules(
                scheme: scheme,
                timestamp: TimestampRule(headers: ["webhook-timestamp"]),
                id: IDRule(headers: ["webhook-id"])
            )
        }
        let shared = try Secret(name: "shared", text: "whsec_c2hhcmVkIHNlY3JldCBvZiBib3Ro", encoding: .whsec)
        let hmac = try rules(.sha256, "v1,").verifier(secrets: [shared])
        var headers = try hmac.sign(body: body, id: "msg_1", timestamp: now)
        let elements = [headers[2].value, pair]
        headers[2].value = (isReversed ? elements.reversed() : elements).joined(separator: " ")
        let own = try Secret(name: "pair", text: publicKey, encoding: .whsec, for: .ed25519)
        let ed25519 = try rules(.ed25519, "v1a,").verifier(secrets: [own])
        for (verifier, name) in [(hmac, "shared"), (ed25519, "pair")] {
            let verification = verifier.verify(headers: headers.values(of:), body: body, now: now)
            let expected = VerifiedRequest(secretName: name, signedID: "msg_1", timestamp: now)
            #expect(verification == .verified(expected))
            let other = verifier.verify(headers: headers.values(of:), body: body + [10], now: now)
            #expect(other == .refused(.wrongSignature))
        }
    }

    @Test("any of several keys may have signed; more signatures than four are too many")
    func rotation() throws {
        let zeros = String(repeating: "0", count: 62)
        let old = try Secret(name: "old", text: "01\(zeros)", encoding: .hex, for: .ed25519)
        let new = try Secret(name: "new", text: "whpk_\(key)", encoding: .hex, for: .ed25519)
        let verified = verify(signature, by: try verifier([old, new]))
        #expect(verified == .verified(VerifiedRequest(secretName: "new")))
        let scheme = SignatureScheme(
            headers: ["X-Signature"],
            algorithm: .ed25519,
            layout: .list,
            secretEncoding: .hex
        )
        let verifier = try SignatureVerifier(scheme: scheme, secrets: [new])
        let wrong = String(repeating: "0", count: 128)
        let four = [wrong, wrong, wrong, signature].joined(separator: " ")
        #expect(verify(four, by: verifier) == .verified(VerifiedRequest(secretName: "new")))
        #expect(verify("\(four) \(wrong)", by: verifier) == .refused(.tooManySignatures))
    }

    @Test("a public key cannot sign, and says so")
    func cannotSign() throws {
        let error = #expect(throws: SignatureError.self) {
            try verifier().sign(body: [], id: "msg_1", timestamp: .now)
        }
        #expect(error?.description == "signature: signing with a public key, which can only verify, failed")
    }

    @Test("a key of the wrong kind or length is refused without its text")
    func wrongKinds() throws {
        func problem(_ text: String, _ encoding: Secret.Encoding, _ algorithm: SignatureScheme.Algorithm) -> String? {
            do {
                _ = try Secret(text: text, encoding: encoding, for: algorithm)
                return nil
            } catch { return error.description }
        }
        #expect(problem("whpk_\(key)", .hex, .ed25519) == nil)
        #expect(problem(String(key.dropLast(2)), .hex, .ed25519) == "the public key is not 32 bytes long")
        #expect(problem("whsec_AAAA", .whsec, .ed25519)?.contains("HMAC") == true)
        #expect(problem("whpk_AAAA", .whsec, .sha256) == "the secret is a public key, which needs algorithm: ed25519")
        for algorithm in [SignatureScheme.Algorithm.sha256, .ed25519] {
            #expect(problem("whsk_AAAA", .whsec, algorithm)?.contains("belongs to the sender alone") == true)
        }
    }
}
