import Testing

@testable import vultr_offboard

/// Each wrong configuration names file, line and key, and a hint where one helps.
struct ConfigurationProblemTests {
    /// The minimal configuration with lines in front of it, so that line numbers are known: the addition begins on line 1.
    private func problems(_ addition: String) -> [String] {
        ConfigurationSamples.problems(addition + "\n" + ConfigurationSamples.minimal)
    }

    @Test(
        "a problem of a section is reported at its line",
        arguments: [
            ("listen: {prot: 1}", ["c.yaml:1: listen.prot: is an unknown key (did you mean port?)"]),
            ("listen:\n  port: eighty", ["c.yaml:2: listen.port: must be a whole number, is text"]),
            ("listen:\n  port: 70000", ["c.yaml:2: listen.port: must be from 0 to 65535"]),
            (
                "listen: {address: localhost}",
                [
                    "c.yaml:1: listen.address: must be an IPv4 or IPv6 address (such as 127.0.0.1, or ::)"
                ]
            ),
            (
                "listen:\n  head_deadline: 10",
                [
                    "c.yaml:2: listen.head_deadline: must be a duration (such as 30s, 5m, 1h or 4d)"
                ]
            ),
            (
                "listen:\n  tls: {certificate: no.pem}",
                [
                    "c.yaml:2: listen.tls.key: is missing",
                    "c.yaml:2: listen.tls.certificate: the file /somewhere/no.pem cannot be read",
                ]
            ),
            (
                "storage: {postgres: {env: X}}",
                ["c.yaml:1: storage.postgres: the environment has no variable X"]
            ),
            (
                "storage: {postgres: {env: HR_SECRET}}",
                [
                    "c.yaml:1: storage.postgres: is no connection URI that libpq can read "
                        + "(postgresql://USER@HOST/DATABASE)"
                ]
            ),
            (
                "storage: {postgres: 'postgresql://db/offboard'}",
                [
                    "c.yaml:1: storage.postgres: a secret must not be written here "
                        + "(write {env: NAME}, {file: PATH} or {credential: NAME})"
                ]
            ),
            (
                "storage: {postgres: {env: X}, sqlite: a}",
                [
                    "c.yaml:1: storage.postgres: must be the only one: sqlite or postgres",
                    "c.yaml:1: storage.postgres: the environment has no variable X",
                ]
            ),
            (
                "storage: {postgers: {env: X}}",
                [
                    "c.yaml:1: storage.sqlite: is missing",
                    "c.yaml:1: storage.postgers: is an unknown key (did you mean postgres?)",
                ]
            ),
            ("retry: {first: 5m, ceiling: 1m}", ["c.yaml:1: retry.ceiling: must not be below first"]),
            (
                "log: {level: warn}",
                [
                    "c.yaml:1: log.level: must be one of trace, debug, info, notice, warning, error, critical "
                        + "(did you mean warning?)"
                ]
            ),
            ("log: {format: jsno}", ["c.yaml:1: log.format: must be one of json, text (did you mean json?)"]),
        ]
    )
    func sections(_ addition: String, _ expected: [String]) {
        #expect(problems(addition) == expected)
    }

    @Test("the console's section names what is wrong with it")
    func console() {
        #expect(
            problems("console: {address: here, hosts: [\"https://ops.example.com\"], tokens: [{name: a, role: boss}]}")
                .count
                == 4
        )
        let twice = "{name: a, role: viewer, token: {env: HR_SECRET}}"
        #expect(
            problems("console: {tokens: [\(twice), \(twice)]}").map { $0.contains("another token has this name") }
                == [true]
        )
    }

    private func vultr(_ section: String) -> [String] {
        ConfigurationSamples.problems(
            "vultr:\n\(section)\nsenders: []\npolicy: {mode: enforce}",
            needs: .keySecrets
        )
    }

    @Test(
        "a problem of a key is reported at its line, and no secret is shown",
        arguments: [
            ("  keys: []", ["c.yaml:2: vultr.keys: must hold at least one key"]),
            ("  timeout: 5s", ["c.yaml:1: vultr.keys: is missing"]),
            ("  keys:\n    - {name: a}", ["c.yaml:3: vultr.keys[0].key: is missing"]),
            (
                "  keys:\n    - {name: a, key: VULTRKEY123}",
                [
                    "c.yaml:3: vultr.keys[0].key: a secret must not be written here "
                        + "(write {env: NAME}, {file: PATH} or {credential: NAME})"
                ]
            ),
            (
                "  keys:\n    - {name: a, key: {env: A, file: b}}",
                [
                    "c.yaml:3: vultr.keys[0].key: must have exactly one of env, file and credential"
                ]
            ),
            (
                "  keys:\n    - {name: a, key: {env: VULTR_API_KEY}}\n    - {name: a, key: {env: VULTR_API_KEY}}",
                ["c.yaml:4: vultr.keys[1].name: another key has this name"]
            ),
            (
                "  keys:\n    - {name: a, key: {env: VULTR_API_KEY}, owner: ops}",
                ["c.yaml:3: vultr.keys[0].owner: the email does not have exactly one @"]
            ),
            (
                "  keys:\n    - {name: a, key: {env: VULTR_API_KEY}, organizations: some}",
                [
                    "c.yaml:3: vultr.keys[0].organizations: must be all, or a list of organization ids"
                ]
            ),
            (
                "  keys:\n    - {name: a, key: {env: VULTR_API_KEY}, organizations: [x, x]}",
                [
                    "c.yaml:3: vultr.keys[0].organizations: names an organization twice"
                ]
            ),
            (
                "  url: http://api.example.com\n  keys:\n    - {name: a, key: {env: VULTR_API_KEY}}",
                [
                    "c.yaml:2: vultr.url: must begin with https://: the key goes with every request; "
                        + "http:// is for loopback only"
                ]
            ),
            (
                "  keys:\n    - {name: a, key: {credential: x}}",
                ["c.yaml:3: vultr.keys[0].key: there is no CREDENTIALS_DIRECTORY, so no credential x"]
            ),
            (
                "  keys:\n    - {name: a, key: {file: no/where}}",
                ["c.yaml:3: vultr.keys[0].key: the file /somewhere/no/where cannot be opened"]
            ),
        ]
    )
    func keys(_ section: String, _ expected: [String]) {
        #expect(vultr(section) == expected)
    }

    @Test("a key that HTTP could not carry is refused without being shown")
    func unprintableKey() {
        let found = ConfigurationSamples.problems(
            "vultr: {keys: [{name: a, key: {env: K}}]}\nsenders: []\npolicy: {mode: enforce}",
            needs: .keySecrets,
            environment: ["K": "secret\nwith a line"]
        )
        #expect(
            found == ["c.yaml:1: vultr.keys[0].key: the environment variable K holds a character that no API key has"]
        )
    }

    private func policy(_ section: String) -> [String] {
        ConfigurationSamples.problems(
            "policy: \(section)\nvultr: {keys: [{name: a, key: {env: VULTR_API_KEY}}]}\nsenders: []",
            needs: []
        )
    }

    @Test(
        "a problem of the policy is reported at its line",
        arguments: [
            ("{}", ["c.yaml:1: policy.mode: is missing"]),
            (
                "{mode: dryrun}",
                [
                    "c.yaml:1: policy.mode: must be one of enforce, dry_run (did you mean dry_run?)"
                ]
            ),
            (
                "{mode: enforce, domains: [\"@example.com\"]}",
                [
                    "c.yaml:1: policy.domains: @example.com is no domain (such as example.com)"
                ]
            ),
            (
                "{mode: enforce, protected: [\"a@b@c\"]}",
                [
                    "c.yaml:1: policy.protected: an entry cannot be compared: the email does not have exactly one @ "
                        + "(an email, *@domain, or a user id)"
                ]
            ),
            (
                "{mode: enforce, fraction_of_organization: 1.5}",
                [
                    "c.yaml:1: policy.fraction_of_organization: must be from 0.0 to 1.0"
                ]
            ),
            ("{mode: enforce, limits: [{people: 1}]}", ["c.yaml:1: policy.limits[0].per: is missing"]),
            (
                "{mode: enforce, several_ids: both}",
                [
                    "c.yaml:1: policy.several_ids: must be one of hold, remove_all (did you mean hold?)"
                ]
            ),
        ]
    )
    func policies(_ section: String, _ expected: [String]) {
        #expect(policy(section) == expected)
    }

    @Test("a grace is a duration of at most a year", arguments: ["grace: 0", "grace: -1s", "grace: 367d"])
    func grace(_ text: String) {
        #expect(policy("{mode: enforce, \(text)}").first?.hasPrefix("c.yaml:1: policy.grace: must be") == true)
    }

    @Test("a missing policy, sender list and vultr section are all reported at once, by line")
    func emptyFile() {
        #expect(
            ConfigurationSamples.problems("listen: {port: 1}\nlog: {lvel: info}") == [
                "c.yaml:1: senders: is missing", "c.yaml:1: vultr: is missing", "c.yaml:1: policy: is missing",
                "c.yaml:2: log.lvel: is an unknown key (did you mean level?)",
            ]
        )
    }

    private func senders(_ section: String, needs: Configuration.Needs = []) -> [String] {
        ConfigurationSamples.problems(
            "senders:\n\(section)\nvultr: {keys: [{name: a, key: {env: VULTR_API_KEY}}]}\npolicy: {mode: enforce}",
            needs: needs
        )
    }

    @Test("a sender's policy may narrow: what could only widen is an unknown key there, and each problem has its line")
    func senderPolicies() {
        let written = "  - name: hr\n    preset: standard-webhooks\n    secrets: [{env: HR_SECRET}]\n    policy:\n"
        #expect(senders(written + "      mode: dry_run") == [])
        #expect(
            senders(
                written + "      fraction_of_organization: 1\n      protected: []\n      limits: [{people: x, per: 1h}]"
            )
            .map { $0.prefix(while: { $0 != "(" }) } == [
                "c.yaml:6: senders[0].policy.fraction_of_organization: is an unknown key ",
                "c.yaml:7: senders[0].policy.protected: is an unknown key ",
                "c.yaml:8: senders[0].policy.limits[0].people: must be a whole number, is text",
            ]
        )
    }

    @Test("two senders of one name, an unknown preset and a sender without a secret are reported")
    func senderProblems() {
        let found = senders(
            """
              - {name: hr, preset: standard-webhooks, secrets: [{env: HR_SECRET}]}
              - {name: hr, preset: standard-webhoks, secrets: [{env: HR_SECRET}]}
              - {name: other, preset: github}
            """
        )
        #expect(found.contains { $0.hasPrefix("c.yaml:3: senders[1].preset: is an unknown preset") })
        #expect(found.contains { $0.contains("did you mean standard-webhooks?") })
        #expect(found.contains { $0.hasPrefix("c.yaml:4: senders[2].secrets: is missing") })
    }

    @Test("serve needs a sender, a command does not")
    func noSenders() {
        let text = "senders: []\nvultr: {keys: [{name: a, key: {env: VULTR_API_KEY}}]}\npolicy: {mode: enforce}"
        #expect(ConfigurationSamples.problems(text, needs: .keySecrets) == [])
        #expect(
            ConfigurationSamples.problems(text, needs: .everything) == [
                "c.yaml:1: senders: must hold at least one sender"
            ]
        )
    }

    @Test("what is no YAML is one problem with its line")
    func broken() {
        let found = ConfigurationSamples.problems("policy: {mode: enforce\nvultr: [")
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("c.yaml:2: ") == true)
    }
}
