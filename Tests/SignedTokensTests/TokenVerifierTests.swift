import Foundation
import Senders
import SignedTokens
import Testing
import WebhookSignature

@Suite("Signed tokens")
struct TokenVerifierTests {
    private let factory = TokenFactory()
    private let now = TokenFactory.now
    private let event = #""events":{"https://schemas.openid.net/secevent/risc/event-type/account-purged":{}}"#
    private let eventHeader = #"{"alg":"ES256","typ":"secevent+jwt","kid":"one"}"#
    private let eventRule = TokenRule(
        algorithms: [.es256],
        issuer: "https://idp.example.com/",
        audience: "https://hooks.example.com"
    )

    private func claims(_ more: String...) -> String {
        let own = [
            #""iss":"https://idp.example.com/""#, #""aud":"https://hooks.example.com""#, #""jti":"e1""#,
            #""iat":1795535990"#, event,
        ]
        // The later of two counts, so that a test can replace or, with nothing, leave out one.
        let names = more.map { $0.prefix { $0 != ":" } }
        let kept = own.filter { claim in !names.contains { claim.hasPrefix($0) } }
        return "{" + (kept + more.filter { !$0.hasSuffix(":") }).joined(separator: ",") + "}"
    }

    private func judge(
        _ body: String,
        keys: [String]? = nil,
        rule: TokenRule? = nil,
        at moment: Date? = nil
    ) async throws -> Verification {
        let source = try await factory.keys(try keys ?? [factory.jwk(id: "one")])
        let verifier = try TokenVerifier(rule: rule ?? eventRule, keys: source, json: TokenValue.strict)
        return verifier.verify(headers: { _ in [] }, body: Array(body.utf8), now: moment ?? now)
    }

    @Test("a security event token is verified: its jti is the signed id, its iat the timestamp, its kid the key's name")
    func eventToken() async throws {
        let token = try await factory.es256Token(eventHeader, claims())
        let issued = Date(timeIntervalSince1970: 1_795_535_990)
        let expected = VerifiedRequest(secretName: "one", signedID: "e1", timestamp: issued)
        #expect(try await judge(token) == .verified(expected))
        let payload = try #require(CompactToken.payload(ofBody: Array(token.utf8)))
        #expect(String(decoding: payload, as: UTF8.self) == claims())
        let several = claims(#""aud":["https://other.example.com","https://hooks.example.com"]"#)
        #expect(try await judge(factory.es256Token(eventHeader, several)) == .verified(expected))
    }

    @Test("each byte of a token counts, and so does each that is missing")
    func mutations() async throws {
        let token = Array(try await factory.es256Token(eventHeader, claims()).utf8)
        let source = try await factory.keys([try factory.jwk(id: "one")])
        let verifier = try TokenVerifier(rule: eventRule, keys: source, json: TokenValue.strict)
        for index in token.indices {
            for bit in 0..<7 {
                var changed = token
                changed[index] ^= 1 << UInt8(bit)
                guard case .refused = verifier.verify(headers: { _ in [] }, body: changed, now: now) else {
                    Issue.record("bit \(bit) of byte \(index)")
                    continue
                }
            }
            guard case .refused = verifier.verify(headers: { _ in [] }, body: Array(token[..<index]), now: now) else {
                Issue.record("cut to \(index) bytes")
                continue
            }
        }
        #expect(try await judge(String(decoding: token, as: UTF8.self) + "=") == .refused(.malformedToken))
        #expect(try await judge(String(decoding: token, as: UTF8.self) + "\n") == .refused(.malformedToken))
        #expect(try await judge(String(decoding: token, as: UTF8.self) + ".e30") == .refused(.malformedToken))
    }

    @Test("claims: another issuer or audience, none at all, of another kind, or a name twice")
    func wrongClaims() async throws {
        let cases: [(String, RefusalCause)] = [
            (claims(#""iss":"https://idp.example.com""#), .wrongIssuer), (claims(#""iss":"#), .wrongIssuer),
            (claims(#""iss":7"#), .malformedClaim), (claims(#""aud":"https://hooks.example.com/""#), .wrongAudience),
            (claims(#""aud":"#), .wrongAudience), (claims(#""aud":[]"#), .wrongAudience),
            (claims(#""aud":["https://hooks.example.com",7]"#), .malformedClaim),
            (claims(#""jti":"#), .malformedClaim), (claims(#""jti":"""#), .malformedClaim),
            (claims("\"jti\":\"\(String(repeating: "a", count: 257))\""), .malformedClaim),
            (claims(#""iat":"#), .malformedClaim), (claims(#""iat":"1795535990""#), .malformedClaim),
            (claims(#""iat":1e400"#), .malformedClaim), (claims(#""exp":null"#), .malformedClaim),
            (claims(#""events":"#), .malformedClaim), (claims(#""events":{}"#), .malformedClaim),
            (claims(#""x":1"#, #""x":2"#), .malformedClaim), ("[]", .malformedClaim), ("no json", .malformedClaim),
        ]
        for (claims, cause) in cases {
            let token = try await factory.es256Token(eventHeader, claims)
            #expect(try await judge(token) == .refused(cause), "\(claims)")
        }
    }

    @Test("a token outside its time is stale, five minutes allowed on either side")
    func time() async throws {
        func staleness(_ claims: String, at offset: Double = 0) async throws -> VerifiedRequest.Staleness? {
            let token = try await factory.es256Token(eventHeader, claims)
            guard case .verified(let request) = try await judge(token, at: now.addingTimeInterval(offset)) else {
                return nil
            }
            return request.staleness
        }
        #expect(try await staleness(claims(), at: 290) == .fresh)
        #expect(try await staleness(claims(), at: 291) == .stale(skew: 301))
        #expect(try await staleness(claims(), at: -311) == .stale(skew: -301))
        #expect(try await staleness(claims(#""exp":1795535701"#)) == .fresh)
        #expect(try await staleness(claims(#""exp":1795535700"#)) == .stale(skew: 300))
        #expect(try await staleness(claims(#""nbf":1795536300"#)) == .fresh)
        #expect(try await staleness(claims(#""nbf":1795536301"#)) == .stale(skew: -301))
    }

    @Test("headers: none, an algorithm that is not pinned, a critical extension, another type, a name twice")
    func wrongHeaders() async throws {
        let cases: [(String, RefusalCause)] = [
            (#"{"alg":"none","typ":"secevent+jwt"}"#, .unpinnedAlgorithm),
            (#"{"alg":"None","typ":"secevent+jwt"}"#, .unpinnedAlgorithm),
            (#"{"alg":"es256","typ":"secevent+jwt"}"#, .unpinnedAlgorithm),
            (#"{"alg":"RS256","typ":"secevent+jwt"}"#, .unpinnedAlgorithm),
            (#"{"alg":"HS256","typ":"secevent+jwt"}"#, .unpinnedAlgorithm),
            (#"{"typ":"secevent+jwt"}"#, .malformedToken), (#"{"alg":7,"typ":"secevent+jwt"}"#, .malformedToken),
            (#"{"alg":"ES256","typ":"secevent+jwt","crit":["b64"],"b64":false}"#, .malformedToken),
            (#"{"alg":"ES256","alg":"none","typ":"secevent+jwt"}"#, .malformedToken),
            (#"{"alg":"ES256","typ":"secevent+jwt","kid":7}"#, .malformedToken),
            (#"{"alg":"ES256"}"#, .wrongTokenType), (#"{"alg":"ES256","typ":"JWT"}"#, .wrongTokenType),
            (#"{"alg":"ES256","typ":"secevent+jwt","kid":"two"}"#, .unknownKey),
            (#"{"alg":"ES256","x":\#(String(repeating: "[", count: 3000))}"#, .malformedToken),
            (#"{"alg":"ES256","x":"\#(String(repeating: "a", count: 4096))"}"#, .malformedToken),
        ]
        for (header, cause) in cases {
            let token = try await factory.es256Token(header, claims())
            #expect(try await judge(token) == .refused(cause), "\(header.prefix(80))")
        }
        let unsigned = TokenFactory.token(#"{"alg":"none","typ":"secevent+jwt"}"#, claims()) { _ in [] }
        #expect(try await judge(unsigned) == .refused(.malformedToken))
        let prefixed = try await factory.es256Token(#"{"alg":"ES256","typ":"application/SECEVENT+JWT"}"#, claims())
        guard case .verified = try await judge(prefixed) else {
            Issue.record("the type may have application/ in front")
            return
        }
    }

    @Test("which key: by its id; without one only where there is one of that type")
    func choosing() async throws {
        let one = try factory.jwk(id: "one")
        let two = try factory.jwk(second: true, id: "two")
        let nameless = try factory.jwk(id: nil)
        let byOne = try await factory.es256Token(eventHeader, claims())
        let unnamed = try await factory.es256Token(#"{"alg":"ES256","typ":"secevent+jwt"}"#, claims())
        let okp = #"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#
        func isVerified(_ token: String, _ keys: [String]) async throws -> Bool {
            if case .verified = try await judge(token, keys: keys) { true } else { false }
        }
        #expect(try await isVerified(byOne, [two, one]))
        #expect(try await isVerified(unnamed, [one]))
        #expect(try await isVerified(unnamed, [one, okp]))
        #expect(try await isVerified(byOne, [nameless]))
        #expect(try await judge(unnamed, keys: [one, two]) == .refused(.unknownKey))
        #expect(try await judge(byOne, keys: [nameless, two]) == .refused(.unknownKey))
        #expect(try await judge(byOne, keys: [one, one]) == .refused(.unknownKey))
        #expect(try await judge(byOne, keys: [two]) == .refused(.unknownKey))
        let impostor = try factory.jwk(second: true, id: "one")
        #expect(try await judge(byOne, keys: [impostor]) == .refused(.wrongTokenSignature))
        await #expect(throws: KeySetDocument.Problem.self) {
            try await judge(byOne, keys: [try factory.jwk(id: "one", more: #","alg":"ES384""#)])
        }
    }

    @Test("without keys yet, and with an unknown key while they are fetched, it is trouble of ours")
    func keysUnavailable() async throws {
        let keys = RenewedKeySet(location: .url("https://x.example.com"), algorithms: [.es256], json: TokenValue.strict)
        let verifier = try TokenVerifier(rule: eventRule, keys: keys, json: TokenValue.strict)
        let token = Array(try await factory.es256Token(eventHeader, claims()).utf8)
        func judge() -> Verification { verifier.verify(headers: { _ in [] }, body: token, now: now) }
        #expect(judge() == .refused(.keysUnavailable))
        try await keys.renew(with: Array("{\"keys\":[\(factory.jwk(second: true, id: "two"))]}".utf8), at: now)
        #expect(judge() == .refused(.keysUnavailable))
        try await keys.renew(with: Array("{\"keys\":[\(factory.jwk(second: true, id: "two"))]}".utf8), at: now)
        #expect(judge() == .refused(.unknownKey))
        try await keys.renew(with: Array("{\"keys\":[\(factory.jwk(id: "one"))]}".utf8), at: now)
        guard case .verified = judge() else {
            Issue.record("\(judge())")
            return
        }
    }
}
