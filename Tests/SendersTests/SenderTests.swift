import Senders
import StrictYAML
import Testing
import WebhookSignature

@Suite("Senders as configuration writes them")
struct SenderTests {
    let events = "events: {type: \"$.t\", departed: [left], email: [\"$.email\"]}"

    func problems(_ item: String) throws -> [String] { try Configured.problems("senders:\n  - \(item)\n") }

    @Test("the standard-webhooks preset departs and reinstates by the canonical event's types")
    func canonicalTypes() throws {
        let events = try Configured.preset("standard-webhooks").events
        #expect(events.departed == ["employee.departed", "employee.terminated", "user.deactivated", "user.deleted"])
        #expect(events.reinstated == ["employee.reinstated", "user.reactivated"])
    }

    @Test("a preset's mapping merges key by key, its lists are replaced")
    func overrides() throws {
        let sender = try Configured.sender(
            """
            name: hr
            preset: standard-webhooks
            secrets: [{env: A}]
            timestamp: {tolerance: 1m}
            events: {departed: [employee.left]}
            response: {status: 200, body: empty}
            allow_from: [192.0.2.0/24, "2001:db8::/32", 198.51.100.7]
            replay_memory: 30d
            policy: {mode: dry_run}
            """
        )
        #expect(sender.timestamp?.tolerance == .seconds(60))
        #expect(sender.timestamp?.headers == ["webhook-timestamp", "svix-timestamp"])
        #expect(sender.events.departed == ["employee.left"])
        #expect(sender.events.reinstated == ["employee.reinstated", "user.reactivated"])
        #expect(sender.signature?.prefix == "v1,")
        #expect(sender.response == Sender.Response(status: 200, body: .empty))
        #expect(sender.allowFrom.count == 3)
        #expect(sender.replayMemory == .seconds(86_400 * 30))
        let policyProblems = YAMLProblems()
        let policy = sender.policy?.mapping(problems: policyProblems)
        #expect(policy?.string("mode") == "dry_run")
        _ = policy?.string("approval", .required)
        #expect(
            policyProblems.errors.map(\.description) == ["offboard.yaml:10: senders[0].policy.approval: is missing"]
        )
    }

    @Test("an unknown preset, key or word is named with a hint")
    func hints() throws {
        let secrets = "secrets: [{env: A}]"
        #expect(
            try problems("{name: hr, preset: standard-webhook, \(secrets)}").contains(
                "offboard.yaml:2: senders[0].preset: is an unknown preset; there are "
                    + "\(Preset.names.joined(separator: ", ")) (did you mean standard-webhooks?)"
            )
        )
        #expect(
            try problems("{name: hr, preset: svix, secret: [{env: A}]}") == [
                "offboard.yaml:2: senders[0].secrets: is missing; without a secret nothing can be verified",
                "offboard.yaml:2: senders[0].secret: is an unknown key (did you mean secrets?)",
            ]
        )
        #expect(
            try problems("{name: hr, preset: svix, \(secrets), signature: {algorithm: sha-256}}") == [
                "offboard.yaml:2: senders[0].signature.algorithm: must be one of sha256, sha512, sha1, ed25519"
                    + " (did you mean sha256?)"
            ]
        )
        #expect(
            try problems("{name: hr, preset: svix, \(secrets), signature: {algorithm: sha1}}").first?.hasPrefix(
                "offboard.yaml:2: senders[0].signature.algorithm: is too weak"
            ) == true
        )
        #expect(
            try problems("{name: hr, preset: svix, \(secrets), chat: {}}").contains {
                $0.hasPrefix("offboard.yaml:2: senders[0].chat: is for chat tools only")
            }
        )
        #expect(try problems("{name: hr, preset: svix, \(secrets), handshake: zoom-crc}").count == 1)
    }

    @Test("a sender that proves nothing is refused")
    func unauthenticated() throws {
        #expect(
            try problems("{name: hr, \(events)}") == [
                "offboard.yaml:2: senders[0]: has neither signature, credential nor token, so anybody could send "
                    + "(name a preset)"
            ]
        )
        #expect(try problems("{name: hr, preset: svix}").count == 1)
        #expect(try problems("{name: hr, preset: svix, secrets: []}").count == 1)
        let credential = "credential: {header: X, value: {env: A}}"
        #expect(try problems("{name: hr, \(events), \(credential)}") == [])
        #expect(try problems("{name: hr, \(events), \(credential), secrets: [{env: A}]}").count == 1)
        #expect(try problems("{name: hr, \(events), credential: {header: X}}").count == 1)
        #expect(try problems("{name: hr, \(events), credential: {value: {env: A}}}").count == 1)
    }

    @Test(
        "a signature that cannot work is refused",
        arguments: [
            (#"content: "{id}.{timestamp}""#, "signature.content: lacks {body}"),
            (#"content: "{ts}.{body}""#, "signature.content: '{ts}' is none of"),
            ("algorithm: sha1", "signature.algorithm: is too weak"),
            ("layout: keyed", "signature.keys: is missing"),
            ("header: []", "signature.header: must name at least one"),
            (#"separator: """#, "signature.separator: is empty"),
            ("encoding: base32", "signature.encoding: must be one of hex, base64, base64url"),
        ]
    )
    func signature(change: String, message: String) throws {
        let found = try problems("{name: hr, preset: svix, secrets: [{env: A}], signature: {\(change)}}")
        #expect(found.contains { $0.hasPrefix("offboard.yaml:2: senders[0].\(message)") }, "\(found)")
    }

    @Test("sha1 is taken with allow_sha1 beside it")
    func sha1() throws {
        let signature = "signature: {algorithm: sha1, allow_sha1: true}"
        #expect(try problems("{name: hr, preset: github, secrets: [{env: A}], \(signature)}") == [])
    }

    @Test("what the content signs must be found somewhere")
    func missingRules() throws {
        let signature = #"signature: {header: X, algorithm: sha256, encoding: hex, content: "{id}.{timestamp}.{body}"}"#
        let found = try problems("{name: hr, \(events), secrets: [{env: A}], \(signature)}")
        #expect(
            found.contains("offboard.yaml:2: senders[0].timestamp: is missing, and signature.content holds {timestamp}")
        )
        #expect(found.contains("offboard.yaml:2: senders[0].id: is missing, and signature.content holds {id}"))
        let path = try problems("{name: hr, preset: svix, secrets: [{env: A}], id: {path: \"$.id\"}}")
        #expect(path == ["offboard.yaml:2: senders[0].id: must be a header, because signature.content holds {id}"])
        #expect(try problems("{name: hr, preset: github, secrets: [{env: A}], id: {path: \"$.id\"}}") == [])
        let both = try problems("{name: hr, preset: github, secrets: [{env: A}], id: {path: \"$.id\", header: X}}")
        #expect(both == ["offboard.yaml:2: senders[0].id: must have either header or path"])
    }

    @Test(
        "names, ranges, statuses, paths and types out of bounds are refused",
        arguments: [
            "name: HR", "name: \"a/b\"", "name: \"\(String(repeating: "a", count: 65))\"", "name: hr_1", "name: \"é\"",
            "allow_from: [localhost]", "allow_from: [192.0.2.0/33]", "allow_from: [192.0.2.0/]",
            "allow_from: [\"::/129\"]",
            "response: {status: 302}", "response: {status: 204}", "replay_memory: 1s",
            "events: {email: [email]}", "events: {email: []}", "events: {departed: []}",
            "events: {email: [\"$.target[?length(@.type)==4].alternateId\"]}", "events: {form_json: payload}",
            "events: {reinstated: [user.deleted]}", "events: {when: [{path: \"$.a\"}]}",
            "events: {when: [{path: \"$.a\", equals: []}]}",
        ]
    )
    func bounds(_ change: String) throws {
        let name = change.hasPrefix("name") ? "" : "name: hr, "
        let found = try problems("{\(name)preset: svix, secrets: [{env: A}], \(change)}")
        #expect(found.count == 1, "\(found)")
        #expect(found.first?.hasPrefix("offboard.yaml:2: senders[0].") == true)
    }

    @Test("a function in a path is refused by its name")
    func functions() throws {
        let found = try problems(
            "{name: hr, preset: svix, secrets: [{env: A}], events: {email: [\"$.a[?count(@.b)==1]\"]}}"
        )
        #expect(found.first?.contains("count()") == true)
    }

    @Test("two senders of one name are refused, each missing key is at its section's line")
    func lines() throws {
        let found = try Configured.problems(
            """
            senders:
              - name: hr
                preset: svix
                secrets: [{env: A}]
              - name: hr
                preset: svix
                secrets: [{env: A}]
              - preset: svix
                secrets: [{env: A}]
              - name: own
                secrets: [{env: A}]
                signature:
                  header: X

                  encoding: hex
                events:
                  type: "$.t"
            """
        )
        #expect(
            Set(found) == [
                "offboard.yaml:5: senders[1].name: another sender has this name",
                "offboard.yaml:8: senders[2].name: is missing",
                "offboard.yaml:12: senders[3].signature.algorithm: is missing",
                "offboard.yaml:12: senders[3].signature.content: is missing",
                "offboard.yaml:16: senders[3].events.departed: is missing",
                "offboard.yaml:16: senders[3].events.email: is missing",
            ]
        )
    }

    @Test("a literal secret is refused and not repeated")
    func literal() throws {
        let found = try problems("{name: hr, preset: svix, secrets: [whsec_hunter2]}")
        #expect(found.contains { $0.contains("a secret must not be written here") })
        #expect(!found.joined().contains("hunter2"))
    }
}
