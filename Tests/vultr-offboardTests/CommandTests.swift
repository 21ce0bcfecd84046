import ArgumentParser
import Foundation
import Offboarding
import Presentation
import Testing

@testable import vultr_offboard

struct CommandTests {
    private static func status(_ arguments: [String]) -> Int32 {
        do {
            _ = try VultrOffboard.parseAsRoot(arguments)
            return 0
        } catch {
            return VultrOffboard.exitCode(for: error).rawValue
        }
    }

    @Test(
        "wrong usage is exit status 64",
        arguments: [
            ["nonsense"], ["cases", "--limit", "-1"], ["cases", "--limit", "x"], ["cases", "--state", "open"],
            ["cases", "--email", "nobody"], ["remove"], ["remove", "a@b@c", "--yes"], ["plan", "x"], ["show"],
            ["approve"], ["approve", "c_1", "c_2", "--digest", "d"], ["approve", "c_1", "c_1", "--yes"], ["retry"],
            ["retry", "c_1", "--dry-run-cases"], ["sign", "body.json"], ["serve", "--json"], ["test"],
            ["receipt"], ["audit", "keygen"], ["audit", "export"],
        ]
    )
    func usage(_ arguments: [String]) {
        #expect(Self.status(arguments) == 64)
    }

    @Test("what a later version knows is an unknown command", arguments: ["export-person", "erase-person"])
    func laterCommands(_ name: String) {
        #expect(Self.status([name]) == 64)
    }

    @Test(
        "where a case stands decides the exit status of whoever waited for it",
        arguments: [
            (CaseState.completed, CommandStatus.done), (.held, .no), (.attention, .no), (.cancelled, .no),
            (.refused, .no),
            (.retrying, .unavailable), (.scheduled, .unavailable), (.queued, .unavailable), (.running, .unavailable),
        ]
    )
    func statuses(_ state: CaseState, _ status: CommandStatus) throws {
        let now = Date(timeIntervalSince1970: 0)
        let settled = Case(
            id: CaseID("c_1"),
            email: try EmailAddress("a@example.com"),
            state: state,
            sender: "hr",
            receivedAt: now,
            occurredAt: now,
            dueAt: nil
        )
        #expect(CommandStatus(of: settled) == status)
    }

    @Test("the exit statuses are those of the contract")
    func statusNumbers() {
        #expect([CommandStatus.done, .no, .usage, .unavailable, .configuration].map(\.rawValue) == [0, 1, 64, 69, 78])
        #expect(CommandFailure(ConfigurationError(problems: ["x"])).status == .configuration)
        #expect(CommandFailure(StoreError(.inUse, "x")).status == .unavailable)
        #expect(CommandFailure(CaseDeskError.unknownCase(CaseID("c"))).status == .usage)
        #expect(CommandFailure(CaseDeskError.otherPlan(present: nil)).status == .no)
    }

    @Test("cases are listed newest first, within limit, state and email, as an array")
    func cases() async throws {
        try await CommandBench.with { bench in
            #expect(try await bench.run(["cases", "--json"]).output == "[]\n")
            for (id, state) in [("c_1", CaseState.held), ("c_2", .completed), ("c_3", .held)] {
                try await bench.insert(id, state)
            }
            #expect(try await ids(bench, []) == ["c_3", "c_2", "c_1"])
            #expect(try await ids(bench, ["--limit", "2"]) == ["c_3", "c_2"])
            #expect(try await ids(bench, ["--limit", "0"]) == ["c_3", "c_2", "c_1"])
            #expect(try await ids(bench, ["--state", "held"]) == ["c_3", "c_1"])
            #expect(try await ids(bench, ["--email", "C_2@EXAMPLE.COM"]) == ["c_2"])
            let table = try await bench.run(["cases"])
            #expect(table.status == .done)
            #expect(table.output.contains("c_1@example.com"))
        }
    }

    private func ids(_ bench: CommandBench, _ arguments: [String]) async throws -> [String] {
        let outcome = try await bench.run(["cases", "--json"] + arguments)
        let read = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
        return try #require(read as? [[String: Any]]).compactMap { $0["id"] as? String }
    }

    @Test("an unknown case is wrong usage, for every command that takes one")
    func unknownCase() async throws {
        try await CommandBench.with { bench in
            for arguments in [
                ["show", "c_x"], ["refuse", "c_x"], ["cancel", "c_x"], ["retry", "c_x"], ["approve", "c_x", "--yes"],
            ] {
                let outcome = try await bench.run(arguments)
                #expect(outcome.status == .usage)
                #expect(outcome.notes == "there is no case c_x\n")
                #expect(outcome.output == "")
            }
        }
    }

    @Test("a held case can be refused once, a finished one cannot be cancelled")
    func decisions() async throws {
        try await CommandBench.with { bench in
            try await bench.insert("c_1", .held)
            try await bench.insert("c_2", .completed)
            let refused = try await bench.run(["refuse", "c_1", "--json"])
            #expect(refused.status == .done)
            #expect(refused.output.contains(#""state": "refused""#))
            #expect(refused.output.contains("refused by \(OperatingSystemUser.name)"))
            #expect(try await bench.run(["refuse", "c_1"]).status == .no)
            let finished = try await bench.run(["cancel", "c_2"])
            #expect(finished.status == .no)
            #expect(finished.notes == "case c_2: a case that is completed cannot be cancelled\n")
        }
    }

    @Test("an approval names the present digest, waits for the daemon, and tells what came of it")
    func approval() async throws {
        try await CommandBench.with { bench in
            try await bench.beat()
            try await bench.insert("c_1", .held, digest: "one")
            try await bench.insert("c_2", .held, digest: "two")
            let other = try await bench.run(["approve", "c_1", "--digest", "two"])
            #expect(other.status == .no)
            #expect(other.notes.contains("its digest is now one"))

            async let finished = bench.run(["approve", "c_1", "--digest", "one", "--json"])
            try await bench.work("c_1", by: .finished)
            #expect(try await finished.status == .done)
            #expect(try await finished.output.contains(#""state": "completed""#))

            async let again = bench.run(["approve", "c_2", "--yes"])
            try await bench.work("c_2", by: .held, digest: "three")
            #expect(try await again.status == .no)
            #expect(try await again.notes.contains("case c_2 is held again; its plan's digest is now three"))
        }
    }

    @Test("an approval asks where there is a terminal, and is wrong usage where there is none")
    func approvalQuestion() async throws {
        try await CommandBench.with { bench in
            try await bench.beat()
            try await bench.insert("c_1", .held, digest: "one")
            #expect(try await bench.run(["approve", "c_1"]).status == .usage)
            let declined = try await bench.run(["approve", "c_1"], answers: ["n"])
            #expect(declined.status == .no)
            #expect(declined.notes.contains("plan digest: one"))
            #expect(try await bench.store.read { try $0.case(CaseID("c_1"))?.state } == .held)

            async let accepted = bench.run(["approve", "c_1"], answers: ["y"])
            try await bench.work("c_1", by: .finished)
            #expect(try await accepted.status == .done)
            let approval = try await bench.store.read { try $0.case(CaseID("c_1"))?.approval }
            #expect(approval?.digest == "one")
            #expect(approval?.by == OperatingSystemUser.name)
        }
    }

    @Test("one of several that cannot be approved does not stop the others, and decides the exit status")
    func severalApprovals() async throws {
        try await CommandBench.with { bench in
            try await bench.beat()
            try await bench.insert("c_1", .completed)
            try await bench.insert("c_2", .held)
            async let outcome = bench.run(["approve", "c_1", "c_2", "--yes", "--json"])
            try await bench.work("c_2", by: .finished)
            #expect(try await outcome.status == .no)
            #expect(try await outcome.notes.contains("a case that is completed cannot be approved"))
            #expect(try await outcome.output.hasPrefix("["))
        }
    }

    @Test("remove hands the case to a living daemon and waits; without a terminal it needs --yes")
    func removal() async throws {
        try await CommandBench.with { bench in
            try await bench.beat()
            #expect(try await bench.run(["remove", "avery.stone@example.com"]).status == .usage)
            #expect(try await bench.store.read { try $0.cases(matching: CaseFilter()) }.isEmpty)

            let stored = try await bench.run(["remove", "avery.stone@example.com", "--yes", "--no-wait", "--json"])
            #expect(stored.status == .done)
            #expect(stored.notes == "")
            #expect(stored.output.contains(#""state": "queued""#))
            #expect(stored.output.contains(#""sender": "command-line""#))
            let id = try #require(try await ids(bench, []).first)
            #expect(try await bench.run(["remove", "Avery.Stone@example.com", "--yes", "--no-wait"]).status == .done)
            #expect(try await ids(bench, []) == [id])
            #expect(try await bench.run(["cancel", id]).status == .done)

            async let removed = bench.run(["remove", "kim.park@example.com", "--yes"])
            try await bench.work(nil, by: .finished)
            #expect(try await removed.status == .done)
            #expect(try await removed.output.contains("removed from every organization"))
        }
    }

    @Test("without a living daemon, --no-wait says who will take the case", arguments: [-1000.0, 1000.0])
    func oldHeartbeat(_ age: TimeInterval) async throws {
        try await CommandBench.with { bench in
            try await bench.leaveHeartbeat(at: SystemTime().now().addingTimeInterval(age))
            let outcome = try await bench.run(["remove", "avery.stone@example.com", "--yes", "--no-wait"])
            #expect(outcome.status == .done)
            #expect(outcome.notes.contains("no daemon is running"))
        }
    }

    @Test("test needs a daemon")
    func testWithoutDaemon() async throws {
        try await CommandBench.with { bench in
            let outcome = try await bench.run(["test", "hr"])
            #expect(outcome.status == .unavailable)
            #expect(outcome.notes == "no daemon is running on this store\n")
            #expect(try await bench.run(["test", "nobody"]).status == .usage)
        }
    }

    @Test("sign prints headers under which the sender's requests verify, and never the secret")
    func signing() async throws {
        try await CommandBench.with { bench in
            let body = bench.folder.appending(path: "body.json")
            try Data("{\"a\":1}\r\n".utf8).write(to: body)
            let outcome = try await bench.run(["sign", "--sender", "hr", body.path])
            #expect(outcome.status == .done)
            let names = outcome.output.split(separator: "\n").map { $0.prefix { $0 != ":" } }
            #expect(names == ["webhook-id", "webhook-timestamp", "webhook-signature"])
            #expect(!outcome.output.contains("bWFkZSB1c"))
            #expect(try await bench.run(["sign", "--sender", "hr", "/nowhere"]).status == .usage)
            #expect(try await bench.run(["sign", "--sender", "it", body.path]).status == .usage)
        }
    }

    @Test("a file that is no store is exit status 69, untouched")
    func noStore() async throws {
        try await ConfigurationSamples.withFolder { folder in
            let store = folder.appending(path: "offboard.sqlite")
            try "no store of ours".write(to: store, atomically: true, encoding: .utf8)
            let file = folder.appending(path: "c.yaml")
            try ConfigurationSamples.minimal.write(to: file, atomically: true, encoding: .utf8)
            let parsed = try Cases.parse(["--config", file.path])
            do {
                _ = try await parsed.execute(Terminal(hasColours: false, showsProgress: false, isInteractive: false))
                Issue.record("a file that is no store was opened")
            } catch {
                #expect(CommandFailure(error).status == .unavailable)
            }
            #expect(try String(contentsOf: store, encoding: .utf8) == "no store of ours")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 2)
        }
    }
}
