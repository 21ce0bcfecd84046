import Senders
import Testing
import WebhookSignature

@Suite("What tells repetitions")
struct ReplayDigestTests {
    private let body = Array("{}".utf8)
    private let events =
        "events: {type: {header: X-State}, when: [{header: X-Kind, equals: [user]}, {path: \"$.a\", equals: [b]}], "
        + "departed: [delete], email: [\"$.email\"]}"
    private let credential = "credential: {header: X-Token, value: {env: TOKEN}}"

    private func digest(
        _ yaml: String,
        _ headers: [(name: String, value: String)],
        body: [UInt8]? = nil
    ) throws -> [UInt8] {
        let digest = ReplayDigest(try Configured.sender(yaml))
        return try digest(body: body ?? self.body) { name in
            headers.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
        }
    }

    @Test("where nothing signs the body, one body under other headers of its events is another delivery")
    func headers() throws {
        let yaml = "{name: a, \(credential), \(events)}"
        let update = try digest(yaml, [("X-State", "update")])
        #expect(try digest(yaml, [("x-state", "update"), ("Other", "x")]) == update)
        let all = [
            update, try digest(yaml, []), try digest(yaml, [("X-State", "delete")]),
            try digest(yaml, [("X-Kind", "update")]), try digest(yaml, [("X-State", "update"), ("X-Kind", "")]),
            try digest(yaml, [("X-State", "update")], body: []),
        ]
        #expect(Set(all).count == all.count)
        #expect(try digest(yaml, [("Other", "x")]) == (try SHA256.digest(of: body)))
    }

    @Test("where a signature covers the body, or events are read from it alone, its digest is all")
    func bodyAlone() throws {
        let signed = "{name: a, preset: github, secrets: [{env: A}], \(events)}"
        let plain = "{name: a, \(credential), events: {type: \"$.t\", departed: [left], email: [\"$.email\"]}}"
        for yaml in [signed, plain] {
            #expect(try digest(yaml, [("X-State", "delete"), ("X-Kind", "user")]) == (try SHA256.digest(of: body)))
        }
    }
}
