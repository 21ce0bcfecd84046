import AuditKeys
import Console
import Foundation
import HTTPListener
import Logging
import Offboarding
import Outbound
import Senders
import StrictYAML
import Testing

@testable import vultr_offboard

struct ConfigurationTests {
    private let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "fixtures/configurations")

    @Test("the minimal sample is complete, and everything else has the contract's defaults")
    func minimal() throws {
        let text = try String(contentsOf: fixtures.appending(path: "minimal.yaml"), encoding: .utf8)
        let read = try ConfigurationSamples.read(text)
        #expect(read.listen.address == "127.0.0.1")
        #expect(read.listen.port == 8080)
        #expect(read.listen.maxBodyBytes == 1_048_576)
        #expect(read.listen.headDeadline == .seconds(10))
        #expect(read.listen.bodyDeadline == .seconds(20))
        #expect(read.listen.connections == 1000)
        #expect(read.listen.connectionsPerAddress == 200)
        #expect(read.listen.bodyBudgetBytes == 67_108_864)
        #expect(read.listen.trustedProxies.isEmpty)
        #expect(read.listen.tls == nil)
        #expect(read.storage.file == "/somewhere/offboard.sqlite")
        #expect(read.vultr.url == "https://api.vultr.com")
        #expect(read.vultr.requestsPerSecond == 20)
        #expect(read.vultr.timeout == .seconds(30))
        #expect(read.vultr.keys.map(\.key) == [VultrKey(name: "production")])
        #expect(read.senders.map(\.sender.name) == ["hr"])
        #expect(read.senders.map(\.policy) == [SenderPolicy()])
        #expect(read.policy == Policy(mode: .dryRun, senders: ["hr": SenderPolicy()]))
        #expect(read.retry == RetryPolicy(first: 1, ceiling: 900, attentionAfter: 3600))
        #expect(read.log == LogSettings(format: .json, level: .info))
    }

    @Test("the sample with every key is read key by key, with paths relative to the file")
    func everything() async throws {
        try await ConfigurationSamples.withFolder { folder in
            for name in ["tls", "secrets", "credentials"] {
                try FileManager.default.createDirectory(
                    at: folder.appending(path: name),
                    withIntermediateDirectories: true
                )
            }
            for (name, text) in [
                ("tls/certificate.pem", "made up"), ("tls/key.pem", "made up"), ("secrets/staging", "staging-key\n"),
                ("secrets/hr-old", "whsec_" + Data("an older made-up secret".utf8).base64EncodedString()),
                ("secrets/people", "Bearer made-up"), ("secrets/chat-url", "https://hooks.slack.com/services/made/up"),
                ("secrets/teams-url", "https://prod-01.westeurope.logic.azure.com/workflows/made/up?sig=made-up"),
                ("secrets/notices", "whsec_" + Data("a made-up secret of notices".utf8).base64EncodedString()),
                ("secrets/vic", "a made-up token of vic\n"),
                ("secrets/directory", String(repeating: "0a", count: 32)), ("credentials/vultr-research", "key-3"),
            ] {
                try text.write(to: folder.appending(path: name), atomically: true, encoding: .utf8)
            }
            try SigningKey().pem
                .write(to: folder.appending(path: "secrets/audit.pem"), atomically: true, encoding: .utf8)
            try FileManager.default.copyItem(
                at: fixtures.appending(path: "everything.yaml"),
                to: folder.appending(path: "everything.yaml")
            )
            var environment = ConfigurationSamples.environment
            environment["VULTR_PRODUCTION"] = "key-1"
            environment["DANA_TOKEN"] = "a made-up token of dana"
            environment["GITHUB_SECRET"] = "a made-up secret of an automation"
            environment["CREDENTIALS_DIRECTORY"] = folder.appending(path: "credentials").path
            let read = try Configuration.load(
                file: folder.appending(path: "everything.yaml").path,
                needs: .everything,
                environment: environment
            )
            checkSurroundings(read, folder: folder.path)
            try checkKeys(read, environment: environment)
            checkSenders(read)
            checkPolicy(read)
            checkOutbound(read)
        }
    }

    private func checkSurroundings(_ read: Configuration, folder: String) {
        #expect(read.listen.address == "::1")
        #expect(read.listen.port == 9443)
        #expect(read.listen.maxBodyBytes == 65_536)
        #expect(read.listen.headDeadline == .seconds(5))
        #expect(read.listen.bodyDeadline == .seconds(15))
        #expect(read.listen.connections == 500)
        #expect(read.listen.connectionsPerAddress == 50)
        #expect(read.listen.bodyBudgetBytes == 16_777_216)
        #expect(read.listen.trustedProxies.map(\.description) == ["10.0.0.0/8", "2001:db8::/32"])
        #expect(
            read.listen.tls
                == TLSFiles(certificate: "\(folder)/tls/certificate.pem", key: "\(folder)/tls/key.pem")
        )
        #expect(
            read.console.proxy
                == ConsoleSettings.Proxy(
                    socket: "\(folder)/console.sock",
                    header: "X-Forwarded-User",
                    operators: ["dana@example.com"],
                    viewers: ["*"]
                )
        )
        #expect(read.console.address == "127.0.0.2")
        #expect(read.console.port == 9081)
        #expect(read.console.hosts == ["ops.example.com", "ops.example.com:8443"])
        #expect(read.console.tokens.map(\.owner.name) == ["dana", "vic"])
        #expect(read.console.tokens.map(\.owner.role) == [.operator, .viewer])
        #expect(read.storage.file == "\(folder)/state/offboard.sqlite")
        #expect(read.retry == RetryPolicy(first: 2, ceiling: 600, attentionAfter: 1800))
        #expect(read.sweep == SweepPolicy(every: 1800, recheckFor: 60 * 86_400, removeAgain: true))
        #expect(read.log == LogSettings(format: .text, level: .debug))
        #expect(read.audit.key?.place == "the file secrets/audit.pem")
        #expect(read.digest.count == 64)
    }

    private func checkOutbound(_ read: Configuration) {
        #expect(read.notifications.map(\.name) == ["chat", "it", "mail", "ops"])
        #expect(read.notifications.map(\.kind) == [.slack, .teams, .email, .standardWebhooks])
        #expect(
            read.notifications.map(\.host) == [
                "hooks.slack.com", "prod-01.westeurope.logic.azure.com", "mail.internal.example.com",
                "ops.internal.example.com",
            ]
        )
        #expect(
            read.notifications.map(\.events) == [
                [.held, .attention], Notice.Kind.usual, [.deadline, .completed, .digest, .checkpoint],
                [.unresolved, .refusals, .skew],
            ]
        )
        #expect(read.notifications.map(\.allowPrivate) == [false, false, true, true])
        let lookup = read.sender(named: "directory")?.sender.lookup
        #expect(lookup?.url(for: "a/b") == "http://people.internal.example.com:8443/people/a%2Fb")
        #expect(lookup?.headers.map(\.name) == ["Authorization"])
        #expect(lookup?.email.count == 2)
        #expect(lookup?.allowPrivate == true)
    }

    private func checkKeys(_ read: Configuration, environment: [String: String]) throws {
        #expect(read.vultr.url == "https://vultr.example.com")
        #expect(read.vultr.requestsPerSecond == 10)
        #expect(read.vultr.timeout == .seconds(20))
        #expect(
            read.vultr.keys.map(\.key) == [
                VultrKey(name: "production", usersList: .allOrganizations),
                VultrKey(
                    name: "staging",
                    organizations: .only([
                        OrganizationID("2f6a4d1e-0000-4000-8000-000000000001"),
                        OrganizationID("2f6a4d1e-0000-4000-8000-000000000002"),
                    ]),
                    owner: try EmailAddress("ops@example.com")
                ),
                VultrKey(name: "research"),
            ]
        )
        let secrets = try read.vultr.keys.map { try $0.secret.resolve(environment: environment).text }
        #expect(secrets == ["key-1", "staging-key", "key-3"])
    }

    private func checkSenders(_ read: Configuration) {
        #expect(read.senders.map(\.sender.name) == ["hr", "automation", "directory"])
        #expect(read.senders.allSatisfy { $0.authenticator != nil })
        #expect(read.senders[0].sender.secrets.map(\.name) == ["2026-11", "2026-05"])
        #expect(read.senders[0].sender.replayMemory == .seconds(90 * 86_400))
        #expect(
            read.senders[0].policy
                == SenderPolicy(
                    mode: .dryRun,
                    approval: .always,
                    domains: ["example.com"],
                    limits: [Limit(people: 3, per: 86_400)]
                )
        )
        #expect(read.sender(named: "automation")?.sender.preset == "github")
        #expect(read.sender(named: "nobody")?.sender.name == nil)
    }

    private func checkPolicy(_ read: Configuration) {
        #expect(read.retention.bodies == 20 * 86_400)
        #expect(read.retention.cases == 300 * 86_400)
        #expect(read.policy.mode == .enforce)
        #expect(read.policy.domains == ["example.com", "example.org"])
        #expect(read.policy.protected.count == 3)
        #expect(read.policy.protected.contains(.domain("board.example.com")))
        #expect(read.policy.protected.contains(.user(UserID("6c1f0a52-0000-4000-8000-000000000001"))))
        #expect(read.policy.approval == .always)
        #expect(read.policy.limits == [Limit(people: 5, per: 3600), Limit(people: 12, per: 172_800)])
        #expect(read.policy.fractionOfOrganization == 0.1)
        #expect(read.policy.severalIDs == .removeAll)
        #expect(read.policy.fourEyes)
        #expect(read.policy.grace == 600)
        #expect(read.policy.also == [.apiKeys, .roleSessions])
        #expect(read.policy.senders["hr"] == read.senders[0].policy)
    }

    @Test("the environment alone makes a configuration with one key, one sender and dry run")
    func environmentOnly() throws {
        let read = try Configuration.load(
            file: nil,
            needs: .everything,
            environment: [
                "VULTR_API_KEY": "made-up-key", "OFFBOARD_SECRET": "whsec_bWFkZSB1cCwgYW5kIGxvbmcgZW5vdWdo",
                "STATE_DIRECTORY": "/var/lib/offboard:/elsewhere",
            ]
        )
        #expect(read.vultr.url == "https://api.vultr.com")
        #expect(read.vultr.keys.map(\.key.name) == ["default"])
        #expect(read.senders.map(\.sender.name) == ["default"])
        #expect(read.senders.map(\.sender.preset) == ["standard-webhooks"])
        #expect(read.policy.mode == .dryRun)
        #expect(read.storage.file == "/var/lib/offboard/offboard.sqlite")
        #expect(read.file == nil)
    }

    @Test("the environment chooses mode and URL, and the working directory holds the store where nothing else does")
    func environmentChoices() throws {
        let read = try Configuration.load(
            file: nil,
            needs: .keySecrets,
            environment: [
                "VULTR_API_KEY": "made-up-key", "VULTR_API_URL": "http://127.0.0.1:9", "OFFBOARD_MODE": "enforce",
            ]
        )
        #expect(read.vultr.url == "http://127.0.0.1:9")
        #expect(read.policy.mode == .enforce)
        #expect(read.senders.isEmpty)
        #expect(read.storage.file == FileManager.default.currentDirectoryPath + "/offboard.sqlite")
    }

    @Test("without a file, what is missing in the environment is named, all of it")
    func environmentProblems() {
        func problems(_ environment: [String: String]) -> [String] {
            do throws(ConfigurationError) {
                _ = try Configuration.load(file: nil, needs: .everything, environment: environment)
                return []
            } catch {
                return error.problems
            }
        }
        #expect(
            problems(["OFFBOARD_MODE": "Enforce"]) == [
                "VULTR_API_KEY: is missing (set it, or give --config FILE)",
                "OFFBOARD_SECRET: is missing (set it, or give --config FILE)",
                "OFFBOARD_MODE: must be one of enforce, dry_run",
            ]
        )
        let odd = problems([
            "VULTR_API_KEY": "made-up-key", "OFFBOARD_SECRET": "whsec_bWFkZSB1cA==",
            "VULTR_API_URL": "ftp://\"x\"\n: [y",
        ])
        #expect(odd.count == 1)
        #expect(odd.first?.contains("vultr.url") == true)
    }

    @Test("a file that is not there is a problem of the configuration")
    func missingFile() {
        #expect(throws: ConfigurationError(problems: ["/nowhere/c.yaml: the file cannot be opened"])) {
            try Configuration.load(file: "/nowhere/c.yaml", needs: [], environment: [:])
        }
    }

    @Test("a command that only looks at cases needs none of the secrets")
    func secretsNotNeeded() {
        #expect(ConfigurationSamples.problems(ConfigurationSamples.minimal, needs: [], environment: [:]) == [])
        #expect(
            ConfigurationSamples.problems(ConfigurationSamples.minimal, environment: [:]) == [
                "c.yaml:2: vultr.keys[0].key: the environment has no variable VULTR_API_KEY",
                "c.yaml:4: senders[0].secrets[0]: the environment has no variable HR_SECRET",
            ]
        )
    }
}
