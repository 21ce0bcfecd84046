import Offboarding
import Senders
import StrictYAML
import Testing

@testable import vultr_offboard

struct SampleBodyTests {
    private func sender(_ text: String) throws -> Sender {
        let configuration = try ConfigurationSamples.read(
            "vultr: {keys: [{name: a, key: {env: K}}]}\npolicy: {mode: enforce}\nsenders:\n" + text,
            needs: []
        )
        return try #require(configuration.senders.first?.sender)
    }

    private func body(_ sender: Sender) throws(SampleBody.Problem) -> [UInt8] {
        try SampleBody.departure(
            of: "offboard-test-1@example.com",
            as: sender,
            id: "id-1",
            credential: "a credential",
            now: "2026-11-24T16:00:00.000Z"
        ).body
    }

    @Test(
        "a made-up departure of every preset is read back as one departure of that person",
        arguments: ["standard-webhooks", "svix", "github"]
    )
    func presets(_ preset: String) throws {
        let sender = try sender("  - {name: s, preset: \(preset), secrets: [{env: S}]}")
        let read = sender.interpreter.interpret(body: try body(sender))
        #expect(read.departures.map(\.email.text) == ["offboard-test-1@example.com"])
        #expect(read.departures.map(\.kind) == [.departed])
        #expect(read.unresolved.isEmpty)
    }

    @Test("a sender of its own is written along its paths")
    func ownPaths() throws {
        let sender = try sender(
            """
              - name: s
                credential: {path: "$.auth['the token']", value: {env: S}}
                id: {path: "$.event.id"}
                events:
                  each: "$.data.events[*]"
                  type: "$.kind"
                  departed: [left]
                  when: [{path: "$$.outcome", equals: [done, sent]}]
                  email: ["$.who.emails[0].address"]
                  occurred_at: "$$.at"
            """
        )
        let written = String(decoding: try body(sender), as: UTF8.self)
        #expect(
            written
                == #"{"data":{"events":[{"kind":"left","who":{"emails":[{"address":"offboard-test-1@example.com"}]}}]},"#
                + #""outcome":"done","at":"2026-11-24T16:00:00.000Z","event":{"id":"id-1"},"#
                + #""auth":{"the token":"a credential"}}"#
        )
    }

    @Test("filters, texts that hold JSON, forms and headers are written, too")
    func others() throws {
        let filter = try sender(
            """
              - name: s
                preset: github
                secrets: [{env: S}]
                events:
                  each: "$.events[*]"
                  type: {header: X-Kind}
                  departed: [left]
                  email: ["$.target[?@.type=='User'].login"]
            """
        )
        let written = String(decoding: try body(filter), as: UTF8.self)
        #expect(
            written.hasPrefix(#"{"events":[{"target":[{"type":"User","login":"offboard-test-1@example.com"}]"#),
            "\(written)"
        )
        let headers = [Delivery.Header(name: "x-kind", value: "left")]
        #expect(filter.interpreter.interpret(body: try body(filter), headers: headers).departures.count == 1)
        let nested = try sender(
            """
              - name: s
                preset: github
                secrets: [{env: S}]
                events: {nested_json: ["$.inner"], type: "$.kind", departed: [left], email: ["$.inner.mail"]}
            """
        )
        let read = nested.interpreter.interpret(body: try body(nested))
        #expect(read.departures.map(\.email.text) == ["offboard-test-1@example.com"])
        let form = try sender(
            """
              - name: s
                preset: github
                secrets: [{env: S}]
                events: {format: form, type: "$.kind", departed: [left], email: ["$.mail"], occurred_at: "$.at"}
            """
        )
        #expect(form.interpreter.interpret(body: try body(form)).departures.count == 1)
    }

    @Test("rules that cannot be written along are said to be")
    func impossible() throws {
        let twice = try sender(
            """
              - name: s
                preset: github
                secrets: [{env: S}]
                events: {email: ["$.action"]}
            """
        )
        #expect(throws: SampleBody.Problem.self) { try body(twice) }
        let form = try sender("  - {name: s, preset: github, secrets: [{env: S}], events: {format: form}}")
        #expect(throws: SampleBody.Problem(description: "a form's fields hold texts only")) { try body(form) }
    }
}
