import Foundation
import Senders
import Testing
import WebhookSignature

@Suite("Authentication of a sender's requests")
struct AuthenticatorTests {
    @Test("requests signed by another implementation are verified", arguments: ["standard-webhooks", "svix", "github"])
    func fixtures(preset: String) throws {
        let authenticator = try Configured.authenticator(try Configured.preset(preset))
        let body = try Fixture.bytes("\(preset)/departed.json")
        let headers = try Fixture.headers("\(preset)/departed.headers")
        let verification = authenticator.authenticate(headers: headers.values(of:), body: body, now: Fixture.now)
        guard case .verified(let request) = verification else {
            Issue.record("\(verification)")
            return
        }
        #expect(request.secretName == "#2", "a secret without a name is told by its position")
        #expect(request.signedID == ["standard-webhooks": "evt_1", "svix": "msg_1"][preset])
        #expect(request.staleness == .fresh)
        let tampered = authenticator.authenticate(headers: headers.values(of:), body: body + [10], now: Fixture.now)
        #expect(tampered == .refused(.wrongSignature))
    }

    @Test("what a sender signs, it verifies; a retired secret still does, under its name", arguments: Preset.names)
    func signing(preset: String) throws {
        let sender = try Configured.preset(preset)
        // Credentials and tokens have tests of their own.
        guard let signature = sender.signature else { return }
        // Plain base64 has no prefix; as text it serves every other sender.
        let environment = [
            "SECRET": "Zml4dHVyZSBrZXksIGZvciBub3RoaW5nIGVsc2U=", "OLD": "b2xkIHNlY3JldCwgcmV0aXJlZCBub3c=",
        ]
        let authenticator = try Configured.authenticator(sender, environment: environment)
        let body = [UInt8](#"{"id":"evt_9"}"#.utf8)
        let headers = try authenticator.sign(body: body, id: "evt_9", timestamp: Fixture.now)
        #expect(!authenticator.isMissing(among: { !headers.values(of: $0).isEmpty }))
        #expect(authenticator.isMissing(among: { _ in false }))
        let later = Fixture.now.addingTimeInterval(400)
        guard
            case .verified(let request) = authenticator.authenticate(
                headers: headers.values(of:),
                body: body,
                now: later
            )
        else {
            Issue.record("refused")
            return
        }
        #expect(request.secretName == "old")
        #expect(request.staleness == (signature.content.signsTimestamp ? .stale(skew: 400) : .fresh))
    }

    @Test("every header that must come once is guarded")
    func guarded() throws {
        let sender = try Configured.preset("standard-webhooks")
        #expect(
            Set(sender.guardedHeaders) == [
                "webhook-signature", "svix-signature", "webhook-timestamp", "svix-timestamp", "webhook-id", "svix-id",
            ]
        )
    }

    let events = "events: {type: \"$.t\", departed: [left], email: [\"$.email\"]}"

    @Test("a credential in a header: right, wrong, longer, missing, twice")
    func headerCredential() throws {
        let yaml = "name: okta\n\(events)\ncredential: {header: Authorization, value: {env: TOKEN}}"
        let authenticator = try Configured.authenticator(
            try Configured.sender(yaml),
            environment: ["TOKEN": "s3cret\n"]
        )
        func verify(_ values: [String]) -> Verification {
            authenticator.authenticate(
                headers: { $0.lowercased() == "authorization" ? HeaderValues(values) : [] },
                body: [],
                now: Fixture.now
            )
        }
        #expect(verify(["s3cret"]) == .verified(VerifiedRequest()))
        #expect(verify([]) == .refused(.missingCredential))
        for wrong in ["", "s3cre", "s3cret ", "S3cret", "s3crets"] {
            #expect(verify([wrong]) == .refused(.wrongCredential))
        }
        #expect(verify(["s3cret", "s3cret"]) == .refused(.repeatedHeader))
        #expect(authenticator.isMissing(among: { _ in false }))
    }

    @Test("a credential in the body must be in every place that the path selects")
    func bodyCredential() throws {
        let yaml = "name: graph\n\(events)\ncredential: {path: \"$.value[*].clientState\", value: {env: TOKEN}}"
        let authenticator = try Configured.authenticator(try Configured.sender(yaml), environment: ["TOKEN": "s3cret"])
        func verify(_ body: String) -> Verification {
            authenticator.authenticate(headers: { _ in [] }, body: Array(body.utf8), now: Fixture.now)
        }
        #expect(
            verify(#"{"value":[{"clientState":"s3cret"},{"clientState":"s3cret"}]}"#) == .verified(VerifiedRequest())
        )
        #expect(verify(#"{"value":[{"clientState":"s3cret"},{"clientState":"x"}]}"#) == .refused(.wrongCredential))
        #expect(verify(#"{"value":[]}"#) == .refused(.missingCredential))
        #expect(verify(#"{"value":[{"clientState":null}]}"#) == .refused(.wrongCredential))
        #expect(verify(#"{"value":[{"clientState":"x","clientState":"s3cret"}]}"#) == .refused(.missingCredential))
        #expect(verify("s3cret") == .refused(.missingCredential))
        for passedOver in [
            #"{"value":[{"clientState":"s3cret"},{"resource":"Users/1"}]}"#, #"{"value":[{"clientState":"s3cret"},7]}"#,
            #"{"value":[{"clientState":"s3cret"},[]]}"#, #"{"value":["s3cret"]}"#, "{}", "[]", "",
            "{\"value\":[{\"clientState\":\"s3cret\"}],\"x\":\(String(repeating: "[", count: 10_000))",
        ] {
            #expect(verify(passedOver) == .refused(.missingCredential), "\(passedOver.prefix(80))")
        }
        #expect(!authenticator.isMissing(among: { _ in false }))
    }

    @Test(
        "a path that could pass over an item without the credential is refused",
        arguments: ["$..clientState", "$.a[*].b[*].token", "$.value[0:2].token", "$.value[0,1].token"]
    )
    func unsafeCredentialPaths(path: String) throws {
        let sender = "{name: a, \(events), credential: {path: \"\(path)\", value: {env: TOKEN}}}"
        #expect(try Configured.problems("senders: [\(sender)]").contains { $0.contains("senders[0].credential.path") })
    }

    @Test("an id in a signed body is a signed id; without one the digest tells; an over-long one is refused")
    func bodyID() throws {
        let sender = try Configured.sender(
            "{name: hr, preset: svix, secrets: [{env: SECRET}], \(plain), id: {path: \"$.id\"}}"
        )
        let authenticator = try Configured.authenticator(sender)
        func verify(_ body: String) throws -> Verification {
            let headers = try authenticator.sign(body: Array(body.utf8), id: "", timestamp: Fixture.now)
            return authenticator.authenticate(headers: headers.values(of:), body: Array(body.utf8), now: Fixture.now)
        }
        func id(_ body: String) throws -> String? {
            guard case .verified(let request) = try verify(body) else { return "refused" }
            return request.signedID
        }
        #expect(try id(#"{"id":"e-1"}"#) == "e-1")
        #expect(try id(#"{"id":17}"#) == "17")
        #expect(try id(#"{"id":null}"#) == nil)
        #expect(try id(#"{"id":"a","id":"b"}"#) == nil)
        #expect(try id("no json") == nil)
        #expect(try verify(#"{"id":""}"#) == .refused(.malformedID))
        #expect(try verify("{\"id\":\"\(String(repeating: "a", count: 257))\"}") == .refused(.malformedID))
    }

    /// Overrides that leave the svix preset a signature over the body alone.
    let plain = "signature: {content: \"{body}\"}"

    @Test("a secret that is missing, empty or does not decode is reported at its place, without its text")
    func badSecrets() throws {
        let sender = try Configured.preset("svix")
        for environment in [
            [:], ["OLD": "whsec_AAAA", "SECRET": ""], ["OLD": "whsec_AAAA", "SECRET": "whsec_*hunter2*"],
        ] {
            let error = #expect(throws: Configured.Unreadable.self) {
                try Configured.authenticator(sender, environment: environment)
            }
            let problems = error?.problems ?? []
            #expect(problems.last?.hasPrefix("offboard.yaml:2: senders[0].secrets[1]: ") == true)
            #expect(!problems.joined().contains("hunter2"))
        }
    }

    @Test("a short secret and a timestamp that is not signed are warned about, not refused")
    func warnings() throws {
        let short = try Configured.authenticator(
            try Configured.preset("svix"),
            environment: ["OLD": "whsec_AAAA", "SECRET": Fixture.secret]
        )
        #expect(short.warnings == ["senders[0].secrets[0]: the secret is under 16 bytes"])
        let sender = try Configured.sender("{name: hr, preset: svix, secrets: [{env: SECRET}], \(plain)}")
        let unsigned = try Configured.authenticator(sender)
        #expect(unsigned.warnings == ["senders[0].timestamp: is not signed, so it is not looked at"])
        let body = Array("x".utf8)
        let headers = try unsigned.sign(body: body, id: "evt", timestamp: Fixture.now)
        let verification = unsigned.authenticate(headers: headers.values(of:), body: body, now: .distantFuture)
        #expect(verification == .verified(VerifiedRequest(secretName: "#1")))
    }
}
