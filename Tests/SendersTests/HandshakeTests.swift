import Foundation
import Senders
import Testing

@Suite("Handshakes")
struct HandshakeTests {
    /// A request as the rule sees it.
    struct Asked {
        var method = "POST"
        var query: String?
        var headers: [(name: String, value: String)] = []
        var body = ""
        var isVerified = false
    }

    private func reply(_ handshake: Sender.Handshake, _ asked: Asked) throws -> HandshakeReply? {
        let rule = try #require(HandshakeRule(handshake))
        return rule.reply(
            method: asked.method,
            query: asked.query,
            headers: asked.headers.values(of:),
            body: Array(asked.body.utf8),
            isVerified: asked.isVerified
        )
    }

    @Test("a sender without a handshake has no rule, every other one has steps")
    func names() {
        #expect(HandshakeRule(.none) == nil)
        #expect(
            Set(Sender.Handshake.allCases.map(\.rawValue)) == [
                "none", "okta", "slack", "microsoft-graph", "zoom", "gusto", "hibob", "google-workspace", "github",
            ]
        )
        for handshake in Sender.Handshake.allCases where handshake != .none { #expect(!handshake.steps.isEmpty) }
    }

    @Test("Okta's challenge is echoed as JSON, only to a GET, at most 256 bytes of visible ASCII")
    func okta() throws {
        func ask(_ values: [String], method: String = "GET") throws -> HandshakeReply? {
            let headers = values.map { (name: "X-Okta-Verification-Challenge", value: $0) }
            return try reply(.okta, Asked(method: method, headers: headers))
        }
        #expect(try ask(["Zm9v_1"]) == .json(#"{"verification":"Zm9v_1"}"#))
        #expect(try ask(["a\"\\<b>"]) == .json(#"{"verification":"a\"\\\u003cb\u003e"}"#))
        let longest = String(repeating: "a", count: 256)
        #expect(try ask([longest]) == .json("{\"verification\":\"\(longest)\"}"))
        for bad in [[""], [longest + "a"], ["a\tb"], ["ä"], ["\u{FFFD}"], ["a", "a"], ["a", "b"]] {
            #expect(try ask(bad) == .malformed)
        }
        #expect(try ask([]) == nil)
        #expect(try ask(["a"], method: "POST") == nil)
    }

    @Test("Slack's url_verification and ssl_check are answered once they are verified, and only then")
    func slack() throws {
        let question = #"{"token":"x","challenge":"3eZ<\"","type":"url_verification"}"#
        #expect(try reply(.slack, Asked(body: question, isVerified: true)) == .json(#"{"challenge":"3eZ\u003c\""}"#))
        #expect(try reply(.slack, Asked(body: question)) == nil)
        #expect(try reply(.slack, Asked(body: "token=x&ssl_check=1", isVerified: true)) == .empty)
        #expect(try reply(.slack, Asked(body: "token=x&ssl_check=1")) == nil)
        for delivery in [
            "token=x&ssl_check=0&command=%2Foffboard", "command=%2Foffboard&text=avery.stone%40example.com",
            #"{"type":"event_callback","challenge":"x"}"#, #"{"type":"url_verification","type":"x","challenge":"y"}"#,
            "ssl_check=1&ssl_check=1", "", "[]",
        ] {
            #expect(try reply(.slack, Asked(body: delivery, isVerified: true)) == nil)
        }
        for value in [#""""#, "5", #""a\u0000b""#, "\"\(String(repeating: "a", count: 1025))\""] {
            let body = #"{"type":"url_verification","challenge":\#(value)}"#
            #expect(try reply(.slack, Asked(body: body, isVerified: true)) == .malformed)
        }
    }

    @Test("Graph's token is decoded and answered as it is, to anybody whose POST has no body")
    func graph() throws {
        func ask(_ query: String?, body: String = "") throws -> HandshakeReply? {
            try reply(.microsoftGraph, Asked(query: query, body: body))
        }
        #expect(try ask("validationToken=Validation%3A+Testing%20it") == .text("Validation: Testing it"))
        #expect(try ask("tenant=1&validationToken=%3Cb%3E") == .text("<b>"))
        let longest = String(repeating: "a", count: 2048)
        #expect(try ask("validationToken=\(longest)") == .text(longest))
        for bad in [
            "validationToken=", "validationToken", "validationToken=\(longest)a", "validationToken=a%0Ab",
            "validationToken=%00", "validationToken=%7F", "validationToken=%C2%85", "validationToken=%FF",
            "validationToken=%4", "validationToken=a&validationToken=a", "validationToken=a&x=%zz",
        ] {
            #expect(try ask(bad) == .malformed, "\(bad)")
        }
        for none in [nil, "", "x=1", "validationtoken=a", "avalidationToken=a", "x=validationToken"] {
            #expect(try ask(none) == nil)
        }
        #expect(try ask("validationToken=a", body: #"{"value":[]}"#) == nil)
    }

    @Test("Zoom's token is answered with a code only where the request is verified, and only if it could sign nothing")
    func zoom() throws {
        func body(_ token: String) -> String {
            #"{"event":"endpoint.url_validation","payload":{"plainToken":\#(token)},"event_ts":1795536000000}"#
        }
        let question = body(#""qgg8vlvZRS6UYooatFL8Aw""#)
        #expect(
            try reply(.zoom, Asked(body: question, isVerified: true))
                == .code(valueName: "plainToken", value: "qgg8vlvZRS6UYooatFL8Aw", codeName: "encryptedToken")
        )
        #expect(try reply(.zoom, Asked(body: question)) == nil)
        for bad in [
            #""v0:1795536000:{}""#, #""1795536000.{}""#, #""""#, "5", "null",
            "\"\(String(repeating: "a", count: 257))\"",
        ] {
            #expect(try reply(.zoom, Asked(body: body(bad), isVerified: true)) == .malformed)
        }
        let event = #"{"event":"user.deactivated","payload":{"plainToken":"a"}}"#
        #expect(try reply(.zoom, Asked(body: event, isVerified: true)) == nil)
    }

    @Test("Gusto's verification token is kept, whoever sends it")
    func gusto() throws {
        let body = #"{"verification_token":"-1jJ0o.Lmm6_7","webhook_subscription_uuid":"w1"}"#
        #expect(try reply(.gusto, Asked(body: body)) == .keep(token: "-1jJ0o.Lmm6_7"))
        for bad in [#""""#, #""a b""#, #""a\nb""#, #""ä""#, "\"\(String(repeating: "a", count: 513))\""] {
            #expect(try reply(.gusto, Asked(body: "{\"verification_token\":\(bad)}")) == .malformed)
        }
        for none in [#"{"event_type":"left"}"#, #"{"verification_token":5}"#, #"["verification_token"]"#] {
            #expect(try reply(.gusto, Asked(body: none)) == nil)
        }
        let padding = String(repeating: " ", count: HandshakeRule.longestBody)
        #expect(try reply(.gusto, Asked(body: body + padding)) == nil)
    }

    @Test(
        "HiBob's ping is answered in each of its forms",
        arguments: [
            "Ping test", "Ping test\n", #""Ping test""#, #"{"text":"Ping test"}"#, #" { "text" : "Ping test" } "#,
        ]
    )
    func hibob(body: String) throws {
        #expect(try reply(.hibob, Asked(body: body)) == .empty)
        #expect(try reply(.hibob, Asked(body: body, isVerified: true)) == .empty)
    }

    @Test(
        "what is no ping of HiBob's is none",
        arguments: [
            "", "Ping", "Ping tests", "ping test", #"{"text":"Ping"}"#, #"{"text":"Ping test","type":"employee.left"}"#,
        ]
    )
    func notHibob(body: String) throws { #expect(try reply(.hibob, Asked(body: body)) == nil) }

    @Test("Google's sync and GitHub's ping are answered once they are verified, and say so in all that they must")
    func headers() throws {
        let sync = [(name: "X-Goog-Resource-State", value: "sync")]
        #expect(try reply(.googleWorkspace, Asked(headers: sync, isVerified: true)) == .empty)
        #expect(try reply(.googleWorkspace, Asked(headers: sync)) == nil)
        let delete = [(name: "X-Goog-Resource-State", value: "delete")]
        #expect(try reply(.googleWorkspace, Asked(headers: delete, isVerified: true)) == nil)
        #expect(try reply(.googleWorkspace, Asked(headers: sync + delete, isVerified: true)) == nil)

        let ping = [(name: "X-GitHub-Event", value: "ping")]
        let body = String(decoding: try Fixture.bytes("github/ping.json"), as: UTF8.self)
        #expect(try reply(.github, Asked(headers: ping, body: body, isVerified: true)) == .empty)
        #expect(try reply(.github, Asked(headers: ping, body: body)) == nil)
        #expect(try reply(.github, Asked(body: body, isVerified: true)) == nil)
        let departed = String(decoding: try Fixture.bytes("github/departed.json"), as: UTF8.self)
        #expect(try reply(.github, Asked(headers: ping, body: departed, isVerified: true)) == nil)
    }

    @Test("a body without a signature is only worth reading where the handshake is for anybody, and short")
    func worthReading() throws {
        func may(_ handshake: Sender.Handshake, query: String? = nil, length: Int?) throws -> Bool {
            try #require(HandshakeRule(handshake)).mayBeAskedByAnybody(query: query, length: length)
        }
        for handshake in [Sender.Handshake.gusto, .hibob] {
            #expect(try may(handshake, length: 1))
            #expect(try may(handshake, length: HandshakeRule.longestBody))
            #expect(try !may(handshake, length: HandshakeRule.longestBody + 1))
            #expect(try !may(handshake, length: 0))
            #expect(try !may(handshake, length: nil))
        }
        #expect(try may(.microsoftGraph, query: "validationToken=a", length: 0))
        #expect(try !may(.microsoftGraph, query: "validationToken=a", length: 1))
        #expect(try !may(.microsoftGraph, length: 0))
        for handshake in [Sender.Handshake.okta, .slack, .zoom, .googleWorkspace, .github] {
            #expect(try !may(handshake, query: "validationToken=a", length: 10))
        }
    }
}

@Suite("Handshakes in the configuration")
struct HandshakeConfigurationTests {
    @Test("the names are those of the contract; zoom needs a secret that signs with SHA-256")
    func names() throws {
        let secrets = "secrets: [{env: SECRET}]"
        for handshake in Sender.Handshake.allCases {
            let yaml = "{name: a, preset: github, \(secrets), handshake: \(handshake.rawValue)}"
            let sender = try Configured.sender(yaml)
            #expect(sender.handshake == handshake)
        }
        let events = "events: {type: \"$.t\", departed: [left], email: [\"$.email\"]}"
        let tokenOnly = "{name: a, credential: {header: X-Token, value: {env: TOKEN}}, \(events), handshake: zoom}"
        let problem = "answers with an HMAC, which needs a signature of algorithm sha256"
        #expect(try Configured.problems("senders: [\(tokenOnly)]").contains { $0.contains(problem) })
        let long = "{name: a, preset: github, \(secrets), signature: {algorithm: sha512}, handshake: zoom}"
        #expect(try Configured.problems("senders: [\(long)]").contains { $0.contains(problem) })
    }

    @Test("names of one list stand for one another; a handshake's header is guarded, too")
    func groups() throws {
        let sender = try Configured.sender("{name: a, preset: svix, secrets: [{env: SECRET}], handshake: okta}")
        #expect(
            sender.guardedHeaderGroups == [
                ["svix-signature", "webhook-signature"], ["svix-timestamp", "webhook-timestamp"],
                ["svix-id", "webhook-id"], ["x-okta-verification-challenge"],
            ]
        )
    }
}

@Suite("The code that answers a handshake")
struct AuthenticatorCodeTests {
    @Test("it is made with the secret that signed the request, and with none for any other request")
    func code() throws {
        let yaml = "{name: z, preset: github, secrets: [{env: NEW}, {env: OLD}], handshake: zoom}"
        let both = try Configured.authenticator(
            try Configured.sender(yaml),
            environment: ["NEW": "the new secret of zoom", "OLD": "the old secret of zoom"]
        )
        func alone(_ secret: String) throws -> Authenticator {
            let yaml = "{name: z, preset: github, secrets: [{env: ONE}]}"
            return try Configured.authenticator(try Configured.sender(yaml), environment: ["ONE": secret])
        }
        let body = Array("{}".utf8)
        // hex HMAC-SHA256 of "qgg8vlvZRS6UYooatFL8Aw", computed with `openssl dgst -sha256 -hmac`.
        let expected = [
            "the new secret of zoom": "77d362d30158a30b321e87adc2949bc359463eac171724743a1c1ee156cfc6e4",
            "the old secret of zoom": "a6b3e62d58be86742e99702f7a71ef54b1f2720e7f47c17ed09379a820fa199f",
        ]
        for (secret, code) in expected {
            let headers = try alone(secret).sign(body: body, id: "1", timestamp: Fixture.now)
            func ask(_ body: [UInt8]) throws -> String? {
                let text = "qgg8vlvZRS6UYooatFL8Aw"
                return try both.code(of: text, answering: headers.values(of:), body: body, now: Fixture.now)
            }
            #expect(try ask(body) == code)
            #expect(try ask(body + [0x20]) == nil)
        }
    }

    @Test("a stale request and one without a signature get none")
    func stale() throws {
        let yaml = "{name: z, preset: svix, secrets: [{env: SECRET}], handshake: zoom}"
        let authenticator = try Configured.authenticator(try Configured.sender(yaml))
        let headers = try authenticator.sign(body: [], id: "1", timestamp: Fixture.now)
        func ask(_ headers: [(name: String, value: String)], after seconds: TimeInterval) throws -> String? {
            let now = Fixture.now.addingTimeInterval(seconds)
            return try authenticator.code(of: "a", answering: headers.values(of:), body: [], now: now)
        }
        #expect(try ask(headers, after: 299) != nil)
        #expect(try ask(headers, after: 301) == nil)
        #expect(try ask([], after: 0) == nil)
    }

    @Test("a sender whose handshake asks for no code gives none")
    func none() throws {
        let authenticator = try Configured.authenticator(try Configured.preset("github"))
        let headers = try authenticator.sign(body: [], id: "1", timestamp: Fixture.now)
        let code = try authenticator.code(of: "a", answering: headers.values(of:), body: [], now: Fixture.now)
        #expect(code == nil)
    }
}
