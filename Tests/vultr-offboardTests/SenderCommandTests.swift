import ArgumentParser
import Foundation
import Offboarding
import Testing

@testable import vultr_offboard

struct SenderCommandTests {
    private static let now = Date(timeIntervalSince1970: 1_795_536_000)

    private func usage(_ uses: [(String?, Double)], keptForDays: Double = 400) -> SenderUsage {
        SenderUsage(
            since: Self.now.addingTimeInterval(-keptForDays * 86_400),
            uses: [
                "hr": uses.map {
                    SecretUse(secret: $0.0, lastUsedAt: Self.now.addingTimeInterval(-$0.1 * 86_400))
                }
            ],
            now: Self.now
        )
    }

    @Test("an old secret can go once it was silent for a week and another was used since")
    func canGo() {
        let names = ["2026-11", "2026-05"]
        #expect(
            usage([("2026-11", 0.1), ("2026-05", 12.5)]).advice(on: "hr", secrets: names) == [
                "secret 2026-05 of sender hr was last used 12 days ago; 2026-11 since: it can go"
            ]
        )
        #expect(usage([("2026-11", 0.1), ("2026-05", 6.9)]).advice(on: "hr", secrets: names) == [])
        #expect(usage([("2026-05", 12)]).advice(on: "other", secrets: names) == [])
        #expect(usage([("2026-11", 12), ("2026-05", 12.5)]).advice(on: "hr", secrets: names).count == 1)
        #expect(usage([("2026-11", 0.1)]).advice(on: "hr", secrets: ["2026-11"]) == [], "the only secret never goes")
    }

    @Test("a secret that was never used is said so with how far back that is known, and never to go")
    func neverUsed() {
        let names = ["2026-11", "2026-05"]
        #expect(
            usage([("2026-05", 0.1)], keptForDays: 30).advice(on: "hr", secrets: names) == [
                "secret 2026-11 of sender hr verified nothing in the 30 days that deliveries go back"
            ]
        )
        #expect(usage([("2026-05", 0.1)], keptForDays: 2).advice(on: "hr", secrets: names) == [])
        #expect(usage([], keptForDays: 30).advice(on: "hr", secrets: names) == [])
    }

    @Test("secrets without a name are told by position, and that this changes")
    func unnamed() {
        let advice = usage([("#1", 0.1), ("#2", 20)]).advice(on: "hr", secrets: ["#1", "#2"])
        #expect(advice.first == "secret #2 of sender hr was last used 20 days ago; #1 since: it can go")
        #expect(advice.last?.contains("name them") == true)
    }

    private func problems(_ policy: String, _ own: String) -> [String] {
        ConfigurationSamples.problems(
            "senders:\n  - name: hr\n    preset: standard-webhooks\n    secrets: [{env: HR_SECRET}]\n    policy:\n      \(own)\n"
                + "vultr: {keys: [{name: a, key: {env: VULTR_API_KEY}}]}\npolicy: {\(policy)}"
        )
    }

    @Test(
        "what would widen the policy is an error at its line",
        arguments: [
            ("mode: dry_run", "mode: enforce", "mode: must not be enforce while policy.mode is dry_run"),
            (
                "mode: enforce, approval: always", "approval: over_limit",
                "approval: must not be over_limit while policy.approval is always"
            ),
            (
                "mode: enforce, domains: [example.com]", "domains: [example.com, Example.org]",
                "domains: holds example.org, which policy.domains does not"
            ),
            (
                "mode: enforce, domains: [example.com]", "domains: []",
                "domains: must not be empty, which means any, while policy.domains is not"
            ),
            (
                "mode: enforce", "limits: [{people: 11, per: 1h}]",
                "limits: 11 people per 1h is wider than 10 people per 1h, which policy.limits has"
            ),
            (
                "mode: enforce, limits: [{people: 4, per: 1d}]", "limits: [{people: 5, per: 30m}]",
                "limits: 5 people per 30m is wider than 4 people per 1d, which policy.limits has"
            ),
        ]
    )
    func widening(_ policy: String, _ own: String, _ expected: String) {
        #expect(
            problems(policy, own) == [
                "c.yaml:6: senders[0].policy.\(expected) (a sender's policy narrows, never widens)"
            ]
        )
    }

    @Test(
        "what narrows or says the same is taken",
        arguments: [
            ("mode: enforce", "mode: dry_run"), ("mode: enforce", "mode: enforce"), ("mode: dry_run", "mode: dry_run"),
            ("mode: enforce", "approval: over_limit"), ("mode: enforce", "domains: []"),
            ("mode: enforce", "domains: [example.com]"),
            ("mode: enforce, domains: [example.com, example.org]", "domains: [Example.ORG]"),
            ("mode: enforce", "limits: [{people: 10, per: 1h}, {people: 60, per: 2d}]"),
        ]
    )
    func narrowing(_ policy: String, _ own: String) { #expect(problems(policy, own) == []) }

    @Test("two secrets of one sender may not share a name, nor be called like a position")
    func secretNames() {
        func problems(_ secrets: String) -> [String] {
            ConfigurationSamples.problems(
                "senders:\n  - {name: hr, preset: github, secrets: [\(secrets)]}\n"
                    + "vultr: {keys: [{name: a, key: {env: VULTR_API_KEY}}]}\npolicy: {mode: enforce}"
            )
        }
        #expect(problems("{name: a, env: HR_SECRET}, {name: b, env: HR_SECRET}") == [])
        #expect(problems("{env: HR_SECRET}, {env: HR_SECRET}") == [])
        #expect(
            problems("{name: a, env: HR_SECRET}, {name: a, env: HR_SECRET}") == [
                "c.yaml:2: senders[0].secrets[1].name: another secret of this sender has this name"
            ]
        )
        #expect(problems("{name: \"#2\", env: HR_SECRET}").count == 1)
    }

    @Test("report: the sender's people as a table, as JSON and as values that no spreadsheet takes for a formula")
    func report() async throws {
        try await CommandBench.with { bench in
            let now = SystemTime().now()
            try await bench.insert("c_1", .completed, email: "=cmd@example.com")
            let email = try EmailAddress("=cmd@example.com")
            try await bench.store.write { session in
                guard var done = try session.case(CaseID("c_1")) else { return }
                done.result = .dryRun
                done.reason = "would be held: over the limit, twice"
                try session.update(done)
                var removal = Removal(
                    key: "production",
                    membership: Membership(organization: OrganizationID("o1"), user: UserID("u1")),
                    organizationName: "Ju\"niper",
                    outcome: .dryRun
                )
                removal.plannedAt = now
                try session.replaceRemovals(of: done.id, with: [removal])
                try session.insert(
                    Statement(
                        departure: Departure(kind: .departed, email: email),
                        sender: "hr",
                        delivery: nil,
                        receivedAt: now,
                        caseID: done.id
                    )
                )
            }
            let csv = try await bench.run(["report", "--sender", "hr", "--csv"])
            #expect(csv.status == .done)
            let line = csv.output.split(separator: "\n").last.map(String.init) ?? ""
            #expect(line.contains(",'=cmd@example.com,c_1,completed,dry_run,"))
            #expect(line.hasSuffix(#","Ju""niper","over the limit, twice""#))
            let json = try await bench.run(["report", "--sender", "hr", "--json", "--since", "1d"])
            #expect(json.output.contains("\"held_by\": \"over the limit, twice\""))
            #expect(json.output.contains("\"would_hold\": 1"))
            let later = try await bench.run(["report", "--sender", "hr", "--since", "2100-01-01"])
            #expect(later.output.contains("0 departures"))
            #expect(try await bench.run(["report", "--sender", "nobody"]).status == .usage)
        }
    }

    @Test("senders list needs no store and makes none")
    func listWithoutStore() async throws {
        try await CommandBench.with { bench in
            let elsewhere = bench.folder.appending(path: "elsewhere.yaml")
            try String(contentsOf: URL(filePath: bench.configuration), encoding: .utf8)
                .appending("\nstorage: {sqlite: none.sqlite}\n")
                .write(to: elsewhere, atomically: true, encoding: .utf8)
            let parsed = try VultrOffboard.parseAsRoot(["senders", "list", "--json", "--config", elsewhere.path])
            let command = try #require(parsed as? any Command)
            let terminal = Terminal(
                hasColours: false,
                showsProgress: false,
                isInteractive: false,
                write: { _, _ in }
            )
            #expect(try await command.execute(terminal) == .done)
            let store = bench.folder.appending(path: "none.sqlite").path
            #expect(!FileManager.default.fileExists(atPath: store))
        }
    }
}
