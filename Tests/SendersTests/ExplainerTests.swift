import Foundation
import Offboarding
import StrictYAML
import Testing
import WebhookSignature

@testable import Senders

@Suite("Explaining a captured request")
struct ExplainerTests {
    private static let text = "a plain secret, long enough"
    private static let events = "events: {type: \"$.t\", departed: [left], email: [\"$.email\"]}"
    private static let body = Array(#"{"t":"left","email":"avery.stone@example.com","url":"a/b","n":"é"}"#.utf8)

    /// JSON as no program writes it.
    private static let arrived = "{ \"t\":\"left\",\n \"email\":\"a@example.com\", \"u\":\"a/b é\"}\n"

    /// A sender of a scheme of its own over the raw body.
    private func sender(_ signature: String, and more: String = "", events: String = events) throws -> Sender {
        try Configured.sender(
            "name: hr\nsecrets: [{name: new, env: SECRET}]\nsignature: {\(signature)}\n\(more)\n\(events)"
        )
    }

    private let plain = "header: X-Signature, algorithm: sha256, encoding: hex, content: \"{body}\""

    private func explain(
        _ sender: Sender,
        _ headers: [(name: String, value: String)],
        _ body: [UInt8] = body,
        secret: String = text,
        now: Date = Fixture.now
    ) throws -> Explanation {
        let environment = ["SECRET": secret, "OLD": "whsec_b2xkIHNlY3JldCwgcmV0aXJlZCBub3c="]
        let explainer = try Explainer(
            sender,
            authenticator: try Configured.authenticator(sender, environment: environment),
            environment: environment,
            relativeTo: "/"
        )
        let request = CapturedRequest(headers: headers, body: body)
        let explanation = explainer.explain(request, at: now, mostBytes: 65_536)
        let said = "\(explanation)"
        #expect(!said.contains(secret), "a secret is never told")
        return explanation
    }

    /// The headers of another sender's request, which the explained one gets.
    private func signed(
        _ other: Sender,
        _ body: [UInt8] = body,
        secret: String = text,
        at date: Date = Fixture.now
    ) throws -> [(name: String, value: String)] {
        try Configured.authenticator(other, environment: ["SECRET": secret, "OLD": "old secret, unused now"])
            .sign(body: body, id: "evt_1", timestamp: date)
    }

    @Test("what would be taken is taken, by which secret, and who leaves", arguments: ["standard-webhooks", "github"])
    func accepted(_ preset: String) throws {
        let sender = try Configured.preset(preset)
        let body = try Fixture.bytes("\(preset)/departed.json")
        let headers = try Configured.authenticator(sender).sign(body: body, id: "evt_1", timestamp: Fixture.now)
        let explanation = try explain(sender, headers, body, secret: Fixture.secret)
        #expect(explanation.isAccepted)
        #expect(explanation.causes.isEmpty)
        #expect(explanation.steps.contains { $0.name == "verification" && $0.text == "verified by secret old" })
        #expect(explanation.interpretation?.departures.map(\.email.text) == ["avery.stone@example.com"])
        let shown = explanation.steps.map(\.text).joined()
        for header in headers where header.name.lowercased().contains("signature") {
            #expect(!shown.contains(header.value.suffix(20)), "nor is a signature")
        }
    }

    @Test(
        "a body that was re-encoded is named with what was done to it",
        arguments: [
            ("with a line's end (LF)", arrived + "\n"), ("without the line's end", String(arrived.dropLast())),
            ("with CR LF instead of LF", arrived.replacing("\n", with: "\r\n")),
            ("compact", #"{"t":"left","email":"a@example.com","u":"a/b é"}"#),
            ("keys sorted", #"{"email":"a@example.com","t":"left","u":"a/b é"}"#),
            ("a space after each", #"{"t": "left", "email": "a@example.com", "u": "a/b é"}"#),
            ("beyond ASCII escaped", #"{"t":"left","email":"a@example.com","u":"a/b \u00e9"}"#),
            ("slashes escaped", #"{"t":"left","email":"a@example.com","u":"a\/b é"}"#),
        ]
    )
    func reencoded(_ words: String, _ original: String) throws {
        let sender = try sender(plain)
        let arrived = Self.arrived
        let headers = try signed(sender, Array(original.utf8))
        let explanation = try explain(sender, headers, Array(arrived.utf8))
        #expect(explanation.status == 401)
        #expect(explanation.causes.contains { $0.contains("re-encoded") && $0.contains(words) })
        #expect(explanation.interpretation == nil, "what is not verified is not read")
    }

    @Test(
        "a secret that is read in another way is named",
        arguments: [
            ("utf8", "base64", "YSBwbGFpbiBzZWNyZXQsIGxvbmc=", "is base64, used as text"),
            ("base64", "utf8", "YSBwbGFpbiBzZWNyZXQsIGxvbmc=", "is text, used as base64"),
            ("utf8", "hex", "6120706c61696e207365637265742c206c6f6e67", "is hex, used as text"),
            ("whsec", "utf8", "whsec_YSBwbGFpbiBzZWNyZXQsIGxvbmc=", "its whsec_ kept"),
            ("utf8", "whsec", "whsec_YSBwbGFpbiBzZWNyZXQsIGxvbmc=", "base64 behind whsec_, used as text"),
        ]
    )
    func secrets(_ configured: String, _ used: String, _ text: String, _ words: String) throws {
        let headers = try signed(try sender(plain + ", secret_encoding: \(used)"), secret: text)
        let explanation = try explain(try sender(plain + ", secret_encoding: \(configured)"), headers, secret: text)
        #expect(explanation.status == 401)
        #expect(explanation.causes.contains { $0.contains(words) }, "\(explanation.causes)")
    }

    @Test(
        "another encoding, prefix, algorithm, content or preset is named",
        arguments: [
            ("header: X-Signature, algorithm: sha256, encoding: base64, content: \"{body}\"", "written as base64"),
            (
                "header: X-Signature, algorithm: sha256, encoding: hex, content: \"{body}\", prefix: \"sha256=\"",
                "with prefix sha256="
            ), ("header: X-Signature, algorithm: sha512, encoding: hex, content: \"{body}\"", "by sha512"),
            ("header: X-Signature, algorithm: sha256, encoding: hex, content: \"POST{body}\"", "POST{body}"),
            ("header: X-Other, algorithm: sha256, encoding: hex, content: \"{body}\"", "in the header X-Other"),
            (
                "header: X_Signature, algorithm: sha256, encoding: hex, content: \"{body}\"",
                "X_Signature instead of X-Signature"
            ),
        ]
    )
    func otherSchemes(_ signature: String, _ words: String) throws {
        let explanation = try explain(try sender(plain), try signed(try sender(signature)))
        #expect(explanation.status == 401)
        #expect(explanation.causes.contains { $0.contains(words) }, "\(explanation.causes)")
    }

    @Test("a request that another preset would verify names it", arguments: ["github", "slack", "standard-webhooks"])
    func otherPresets(_ preset: String) throws {
        let secret = Fixture.secret
        let other = try Configured.sender("{name: x, preset: \(preset), secrets: [{env: SECRET}]}")
        let headers = try signed(other, secret: secret)
        let explanation = try explain(try sender(plain), headers, secret: secret)
        #expect(explanation.causes.contains { $0.contains("name preset: \(preset)") }, "\(explanation.causes)")
    }

    @Test("upper-case hex is named, and two things at once are found")
    func more() throws {
        let own = try sender(plain)
        var headers = try signed(own)
        headers[0].value = headers[0].value.uppercased()
        #expect(try explain(own, headers).causes.contains { $0.contains("upper-case") })
        let other = try sender("header: X-Signature, algorithm: sha256, encoding: base64, content: \"{body}\"")
        let twice = try signed(other, Self.body + [10])
        let both = try explain(own, twice)
        #expect(both.causes.count == 1)
        #expect(both.causes.first?.contains("two things at once") == true)
    }

    @Test("a wrong secret has no cause that could be tried out")
    func wrongSecret() throws {
        let own = try sender(plain)
        let explanation = try explain(own, try signed(own, secret: "quite another secret"))
        #expect(explanation.status == 401)
        #expect(explanation.causes.isEmpty)
    }

    @Test("a timestamp in the wrong unit, and a clock that is off, are told apart")
    func clocks() throws {
        func scheme(_ unit: String) throws -> Sender {
            try sender(
                "header: X-Signature, algorithm: sha256, encoding: hex, content: \"{timestamp}.{body}\"",
                and: "timestamp: {header: X-Time, unit: \(unit)}"
            )
        }
        let seconds = try explain(try scheme("s"), try signed(try scheme("ms")))
        #expect(seconds.status == 401)
        #expect(seconds.causes == ["the timestamp is in milliseconds: set timestamp.unit: ms"])
        let milliseconds = try explain(try scheme("ms"), try signed(try scheme("s")))
        #expect(milliseconds.causes == ["the timestamp is in seconds: set timestamp.unit: s"])
        let early = Fixture.now.addingTimeInterval(-900)
        let off = try explain(try scheme("s"), try signed(try scheme("s"), at: early))
        #expect(off.causes.first?.contains("900 s behind") == true)
        #expect(try explain(try scheme("s"), try signed(try scheme("s"), at: early), now: early).isAccepted)
    }

    @Test("a credential with another word in front is named, in another header, too")
    func credentials() throws {
        let own = try Configured.sender(
            "name: hr\ncredential: {header: Authorization, value: {env: SECRET}}\n\(Self.events)"
        )
        #expect(try explain(own, [("authorization", Self.text)]).isAccepted)
        let word = try explain(own, [("authorization", "Bearer " + Self.text)])
        #expect(word.causes.first?.contains("Bearer") == true)
        let other = try explain(own, [("X-Token", Self.text)])
        #expect(other.causes.first?.contains("X-Token") == true)
        #expect(try explain(own, [("authorization", "wrong")]).causes.isEmpty)
    }

    @Test("what the listener refuses before verifying is said: repeated headers, a long body, another method")
    func arrival() throws {
        let own = try sender(plain)
        let headers = try signed(own)
        #expect(try explain(own, headers + headers).status == 400)
        #expect(try explain(own, headers, Array(repeating: 0x20, count: 65_537)).status == 413)
        let explainer = try Explainer(
            own,
            authenticator: try Configured.authenticator(own, environment: ["SECRET": Self.text]),
            environment: ["SECRET": Self.text],
            relativeTo: "/"
        )
        let put = try CapturedRequest(head: Array("PUT /hooks/hr HTTP/1.1\nX-Signature: 00".utf8), body: [])
        #expect(explainer.explain(put, at: Fixture.now, mostBytes: 9).status == 405)
    }

    @Test("the record in force reads back as the same sender and holds no secret", arguments: Preset.names)
    func effective(_ preset: String) throws {
        let sender = try Configured.preset(preset)
        let text = YAMLText.text(sender.effective)
        let again = try Configured.sender(text)
        #expect(YAMLText.text(again.effective) == text)
        #expect(again.vouchers == sender.vouchers)
        #expect(again.signature == sender.signature)
        #expect(again.events.departed == sender.events.departed)
    }
}
