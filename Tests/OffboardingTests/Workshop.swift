import Foundation
import Logging
import PrometheusText
import Storage
import WebhookSignature

@testable import Offboarding

/// An engine on a real store and a Vultr in memory, in a folder of its own.
struct Workshop {
    let folder: URL
    let store: SQLiteStore
    let time = InstantTime()
    let vultr: [VultrInMemory]
    let engine: Engine
    let desk: CaseDesk
    let parts: EngineParts
    let metrics = MetricRegistry([
        MetricFamily(EngineInstruments.timeToRevoke, .histogram(buckets: [1, 60]), ""),
        MetricFamily(EngineInstruments.removals, .counter, "", labels: ["key", "outcome"]),
        MetricFamily(DirectoryInstruments.lastReading, .gauge, "", labels: ["key"]),
        MetricFamily(DirectoryInstruments.failing, .gauge, "", labels: ["key"]),
        MetricFamily(DirectoryInstruments.unproven, .gauge, "", labels: ["key"]),
        MetricFamily(NoticeInstruments.notices, .counter, "", labels: ["target", "result"]),
    ])

    /// - Parameter keys: in order; each with what it sees.
    init(
        keys: [(VultrKey, VultrInMemory)],
        policy: Policy = Policy(mode: .enforce),
        retry: RetryPolicy = RetryPolicy()
    ) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "workshop-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        store = try SQLiteStore.open(
            path: folder.appending(path: "offboard.sqlite").path,
            role: .daemon,
            audit: AuditParts(sha256: { try SHA256.digest(of: $0) }, time: time)
        )
        vultr = keys.map(\.1)
        let accesses = keys.map { KeyAccess(key: $0.0, access: $0.1) }
        let names = keys.map(\.0.name)
        parts = EngineParts(
            store: store,
            directory: Directory(
                keys: accesses,
                time: time,
                instruments: DirectoryInstruments(keys: names, factory: metrics)
            ),
            interpreter: NothingToRead(),
            policy: policy,
            retry: retry,
            sha256: { try SHA256.digest(of: $0) },
            time: time,
            instruments: EngineInstruments(keys: names, factory: metrics),
            logger: Logger(label: "workshop") { _ in SwiftLogNoOpLogHandler() }
        )
        engine = Engine(parts: parts, worker: "daemon:test")
        desk = CaseDesk(store: store, time: time, policy: policy)
    }

    /// One organization `o1` with Avery and nineteen others, behind one key.
    init(policy: Policy = Policy(mode: .enforce), retry: RetryPolicy = RetryPolicy()) throws {
        try self.init(
            keys: [(VultrKey(name: "production"), VultrInMemory(["o1": Self.people(20)]))],
            policy: policy,
            retry: retry
        )
    }

    /// Avery as `u1` and others, by id.
    static func people(_ count: Int) -> [String: String] {
        var people = ["u1": Samples.avery]
        for number in 2..<(count + 1) { people["u\(number)"] = "person\(number)@example.com" }
        return people
    }

    func record(
        _ kind: Departure.Kind = .departed,
        _ email: String = Samples.avery,
        aliases: [String] = [],
        sender: String = "hr",
        effectiveAt: Date? = nil,
        occurredAt: Date? = nil,
        restraint: Restraint? = nil
    ) async throws -> [CaseID] {
        let departure = Departure(
            kind: kind,
            email: try EmailAddress(email),
            aliases: try aliases.map { try EmailAddress($0) },
            effectiveAt: effectiveAt,
            occurredAt: occurredAt
        )
        let now = time.now()
        let policy = parts.policy
        return try await store.write { session in
            try CaseLedger(session: session, now: now, policy: policy).record(
                departure,
                sender: sender,
                delivery: nil,
                receivedAt: now,
                restraint: restraint
            )
        }
    }

    /// Records a departure and works its case as far as it goes.
    func work(_ email: String = Samples.avery, sender: String = "hr") async throws -> Case {
        let ids = try await record(.departed, email, sender: sender)
        return try await engine.work(ids[0])
    }

    func removals(_ id: CaseID) async throws -> [Removal] { try await store.read { try $0.removals(of: id) } }

    func current(_ id: CaseID) async throws -> Case? { try await store.read { try $0.case(id) } }

    func close() async throws {
        try await store.close()
        try FileManager.default.removeItem(at: folder)
    }
}

private struct NothingToRead: DeliveryInterpreter {
    func interpret(_ delivery: Delivery) -> Interpretation { Interpretation(ignored: "a test") }
}

extension CaseDesk {
    /// One case alone.
    func approve(_ id: CaseID, digest: String?, by person: String) async throws {
        if let refusal = try await approve([(id: id, digest: digest)], by: person).first { throw refusal.error }
    }

    /// One case alone.
    func refuse(_ id: CaseID, by person: String) async throws {
        if let refusal = try await refuse([id], by: person).first { throw refusal.error }
    }
}
