import Foundation
import Senders
import SignedTokens
import Testing
import WebhookSignature

@Suite("Senders with signed tokens")
struct TokenSenderTests {
    private let events = "events: {type: \"$.t\", departed: [left], email: [\"$.email\"]}"
    private let secrets = "secrets: [{name: key, env: SECRET}]"
    private let header = "header: X-Token, algorithms: [HS256]"

    /// - Parameter format: of the events, `set` where the token is the body unless it says otherwise.
    private func problems(_ token: String, more: String = "", format: String? = nil) throws -> [String] {
        let format = format ?? (token.contains("header:") ? "json" : "set")
        let events = events.replacing("events: {", with: "events: {format: \(format), ")
        return try Configured.problems("senders: [{name: idp, \(events), token: {\(token)}\(more)}]").map {
            String($0.dropFirst("offboard.yaml:1: senders[0].".count))
        }
    }

    @Test("a section that is whole is read")
    func whole() throws {
        let digest = "body_digest: {claim: request_body_sha256, encoding: base64}"
        #expect(try problems("\(header), \(digest)", more: ", \(secrets)") == [])
        #expect(try problems("header: Authorization, prefix: \"Bearer \", algorithms: [RS256], jwks: keys.json") == [])
        let event = "issuer: https://idp.example.com/, audience: https://hooks.example.com, algorithms: [ES256, EdDSA]"
        for jwks in ["https://idp.example.com/keys", "http://127.0.0.1:1/keys", "http://[::1]:1/k", "keys/idp.json"] {
            #expect(try problems("\(event), jwks: \"\(jwks)\"") == [])
        }
        let sender = try Configured.sender("{name: idp, \(events), token: {\(header)}, \(secrets)}")
        #expect(sender.token == TokenRule(header: "X-Token", algorithms: [.hs256]))
        #expect(sender.guardedHeaders == ["x-token"])
    }

    @Test("a token that is the body holds the event, and no other does")
    func formats() throws {
        let event =
            "issuer: https://idp.example.com/, audience: https://hooks.example.com, "
            + "algorithms: [ES256], jwks: k"
        #expect(
            try problems(event, format: "json") == ["events.format: must be set, because the token is the body"]
        )
        #expect(
            try problems("header: X, algorithms: [ES256], jwks: k", format: "set") == [
                "events.format: set is for senders whose token is the body (such as json)"
            ]
        )
    }

    @Test("keys come from where the algorithm says, and from nowhere else")
    func keySources() throws {
        let missing = "secrets: is missing; without a secret nothing can be verified"
        #expect(try problems(header) == [missing])
        #expect(
            try problems("header: X, algorithms: [RS256]") == [
                "token.jwks: is missing, and some algorithm verifies with public keys"
            ]
        )
        #expect(
            try problems("\(header), jwks: keys.json", more: ", \(secrets)") == [
                "token.jwks: has nothing to verify: every algorithm uses a shared secret"
            ]
        )
        #expect(
            try problems("header: X, algorithms: [RS256], jwks: keys.json", more: ", \(secrets)") == [
                "secrets: has nothing to verify, since there is no algorithm with a shared secret"
            ]
        )
        #expect(try problems("header: X, algorithms: [RS256, HS256], jwks: keys.json", more: ", \(secrets)") == [])
    }

    @Test("no algorithm, an unknown one and none are refused", arguments: ["[]", "none", "[RS256, none]", "[HS265]"])
    func algorithms(list: String) throws {
        let found = try problems("header: X, algorithms: \(list), jwks: keys.json")
        #expect(found.first?.hasPrefix("token.algorithms: ") == true)
    }

    @Test("a token that is the body needs issuer and audience, and has neither prefix nor digest")
    func body() throws {
        let why = "is missing, and without header the body itself is the token"
        let digest = "body_digest: {claim: c, encoding: hex}"
        #expect(
            try problems("algorithms: [RS256], jwks: keys.json, prefix: x, \(digest)") == [
                "token.prefix: needs header", "token.issuer: \(why)", "token.audience: \(why)",
                "token.body_digest: needs header: without it the body itself is the token",
            ]
        )
    }

    @Test(
        "a key set is never fetched from where somebody on the way could change it",
        arguments: [
            "http://idp.example.com/keys", "http://127.0.0.1.example.com/keys", "ftp://idp.example.com/keys",
            "https://user@idp.example.com/keys", "https:///keys", "https://idp.example.com/keys#x",
        ]
    )
    func urls(url: String) throws {
        let found = try problems("header: X, algorithms: [RS256], jwks: \"\(url)\"")
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("token.jwks: must be ") == true)
    }

    @Test("what a sender with a shared secret signs, it verifies: over this body, and in time")
    func signing() throws {
        let digest = "body_digest: {claim: sha, encoding: hex}, issuer: \"a \\\"b\\\" c\", prefix: \"Bearer \""
        let sender = try Configured.sender(
            "{name: idp, \(events), token: {\(header), \(digest)}, id: {path: $.id}, \(secrets)}"
        )
        let authenticator = try Configured.authenticator(sender)
        let body = Array(#"{"id":"e-1"}"#.utf8)
        let headers = try authenticator.sign(body: body, id: "m1", timestamp: Fixture.now)
        func verify(_ body: [UInt8], after seconds: Double = 0) -> Verification {
            authenticator.authenticate(
                headers: headers.values(of:),
                body: body,
                now: Fixture.now.addingTimeInterval(seconds)
            )
        }
        let fresh = VerifiedRequest(secretName: "key", signedID: "e-1", timestamp: Fixture.now)
        #expect(verify(body) == .verified(fresh))
        guard case .verified(let late) = verify(body, after: 301) else {
            Issue.record("a late one is stale, not wrong")
            return
        }
        #expect(late.staleness == .stale(skew: 301))
        #expect(verify(body + [10]) == .refused(.wrongBodyDigest))
        #expect(authenticator.isMissing(among: { _ in false }))
        let twice = authenticator.authenticate(
            headers: { HeaderValues(first: headers.values(of: $0).first, count: 2 * headers.values(of: $0).count) },
            body: body,
            now: Fixture.now
        )
        #expect(twice == .refused(.repeatedHeader))
        let other = try Configured.authenticator(sender, environment: ["SECRET": "another"])
        let wrong = other.authenticate(headers: headers.values(of:), body: body, now: Fixture.now)
        #expect(wrong == .refused(.wrongTokenSignature))
    }

    @Test("a public key as the secret of HS256 proves nothing, because such a sender has no secrets")
    func confusion() throws {
        let path = NSTemporaryDirectory() + "keys-\(UUID().uuidString).json"
        defer { unlink(path) }
        let document = #"{"keys":[{"kty":"oct","k":"c2VjcmV0"},{"kty":"RSA","n":"AQAB","e":"AQAB"}]}"#
        try Data(document.utf8).write(to: URL(filePath: path))
        let authenticator = try Configured.authenticator(
            try Configured.sender("{name: idp, \(events), token: {header: X, algorithms: [RS256], jwks: \(path)}}")
        )
        let forger = try Configured.authenticator(
            try Configured.sender("{name: idp, \(events), token: {header: X, algorithms: [HS256]}, \(secrets)}"),
            environment: ["SECRET": document]
        )
        let headers = try forger.sign(body: [], id: "m1", timestamp: Fixture.now)
        let judged = authenticator.authenticate(headers: headers.values(of:), body: [], now: Fixture.now)
        #expect(judged == .refused(.unpinnedAlgorithm))
        #expect(throws: SignatureError.self) { try authenticator.sign(body: [], id: "m1", timestamp: Fixture.now) }
        #expect(authenticator.warnings.count == 1)
        #expect(authenticator.warnings.first?.contains("has no body_digest") == true)
    }

    @Test("a file of keys that is not there, or is none, is a problem of the configuration")
    func badFile() throws {
        let sender = try Configured.sender(
            "{name: idp, \(events), token: {header: X, algorithms: [RS256], jwks: gone}}"
        )
        let error = #expect(throws: Configured.Unreadable.self) { try Configured.authenticator(sender) }
        #expect(error?.problems == ["offboard.yaml:2: senders[0].token.jwks: the file gone cannot be read"])
    }
}
