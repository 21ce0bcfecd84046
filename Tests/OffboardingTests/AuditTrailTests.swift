import Foundation
import Logging
import Storage
import Synchronization
import Testing

@testable import Offboarding

@Suite("What the engine and its desks enter")
struct AuditTrailTests {
    private func records(_ shop: Workshop, of id: CaseID) async throws -> [AuditRecord] {
        try await shop.store.read { try $0.auditEntries(of: id) }.map { try AuditRecord($0) }
    }

    @Test("a departure that completes is told, opened, sent, answered, judged, proven and completed")
    func wholeWay() async throws {
        let shop = try Workshop()
        let done = try await shop.work()
        let records = try await records(shop, of: done.id)
        #expect(
            records.map(\.kind) == [
                "case.opened", "person.departed", "removal.sent", "removal.answered", "removal.outcome", "case.proven",
                "case.completed",
            ]
        )
        let history = CaseHistory(done.id, records)
        #expect(history.toldBy == ["sender:hr"])
        #expect(history.removed.map(\.organization) == ["o1"])
        #expect(history.removed.map(\.httpStatus) == [204])
        #expect(history.evidence.map(\.isProven) == [true])
        #expect(history.exceptions == [])
        #expect(history.result == "removed")
        try await shop.close()
    }

    @Test("the same trouble again makes no entry, another one does")
    func sameTrouble() async throws {
        let shop = try Workshop()
        let busy = VultrError(.unavailable, status: 503, message: "busy")
        shop.vultr[0].change { $0.faults["users"] = Array(repeating: busy, count: 60) }
        let id = try await shop.record()[0]
        for _ in 0..<3 {
            _ = try await shop.engine.work(id)
            shop.time.pass(60)
        }
        let kinds = try await records(shop, of: id).map(\.kind)
        #expect(kinds.filter { $0 == "case.retrying" }.count == 1)
        #expect(!kinds.contains("case.queued"))
        try await shop.close()
    }

    @Test("who approved, retried and cancelled is entered")
    func people() async throws {
        let shop = try Workshop(policy: Policy(mode: .enforce, approval: .always))
        let held = try await shop.work()
        try await shop.desk.approve(held.id, digest: held.planDigest, by: "dana")
        let other = try await shop.work("person2@example.com")
        try await shop.desk.refuse(other.id, by: "morgan")
        let third = try await shop.work("person3@example.com")
        try await shop.desk.cancel(third.id, by: "riley")
        let approved = try #require(try await records(shop, of: held.id).last)
        #expect(approved.is(.caseApproved))
        #expect(approved.actor == "person:dana")
        #expect(approved.facts["covered"] == .list([.list([.text("o1"), .text("u1")])]))
        #expect(try await records(shop, of: other.id).last?.actor == "person:morgan")
        #expect(try await records(shop, of: other.id).last?.kind == "case.refused")
        #expect(try await records(shop, of: third.id).last?.actor == "person:riley")
        #expect(try await records(shop, of: third.id).last?.kind == "case.cancelled")
        try await shop.close()
    }

    @Test("what a person at the command line asks for is theirs")
    func asked() async throws {
        let shop = try Workshop()
        let id = try await shop.desk.open(try EmailAddress(Samples.avery), askedBy: "dana")
        #expect(try await records(shop, of: id).map(\.actor) == ["person:dana", "person:dana"])
        try await shop.close()
    }

    @Test("a dry run's outcomes are entered, and nothing is said to be sent")
    func dryRun() async throws {
        let shop = try Workshop(policy: Policy(mode: .dryRun))
        let done = try await shop.work()
        let records = try await records(shop, of: done.id)
        #expect(!records.contains { $0.is(.removalSent) })
        #expect(records.first { $0.is(.removalOutcome) }?.facts["outcome"]?.text == "dry_run")
        #expect(CaseHistory(done.id, records).removed.isEmpty)
        try await shop.close()
    }

    @Test("a checkpoint is logged, and a notice comes a day after the first start")
    func checkpoints() async throws {
        let shop = try Workshop()
        _ = try await shop.record()
        let lines = Mutex<[String]>([])
        let logger = Logger(label: "checkpoints") { _ in KeptLines { line in lines.withLock { $0.append(line) } } }
        let teller = CheckpointTeller(store: shop.store, time: shop.time, logger: logger)
        func notices() async throws -> [Notice] {
            try await shop.store.read { try $0.notices(of: .checkpoint, after: 0, limit: 9) }
        }
        await teller.tell()
        #expect(try await notices().isEmpty)
        shop.time.pass(86_399)
        await teller.tell()
        #expect(try await notices().isEmpty)
        shop.time.pass(2)
        await teller.tell()
        await teller.tell()
        let checkpoint = try #require(try await shop.store.read { try $0.auditCheckpoint() })
        #expect(try await notices().map(\.reason) == [checkpoint.text])
        #expect(lines.withLock { $0 } == Array(repeating: "audit checkpoint \(checkpoint.text)", count: 4))
        try await shop.close()
    }
}

/// Keeps what is logged with a checkpoint.
private struct KeptLines: LogHandler {
    let keep: @Sendable (String) -> Void
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    init(_ keep: @escaping @Sendable (String) -> Void) { self.keep = keep }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        keep("\(event.message) \(event.metadata?["checkpoint"].map { "\($0)" } ?? "")")
    }
}
