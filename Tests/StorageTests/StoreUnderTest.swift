import Foundation
import Offboarding
import Testing
import WebhookSignature

@testable import Storage

/// A kind of store that the suite holds to the protocol's contract.
///
/// PostgreSQL joins where `OFFBOARD_TEST_POSTGRES` has the URI of a database to make schemas in; `Tests/run` starts one.
enum StoreUnderTest: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case sqlite
    case postgreSQL

    static let uri = ProcessInfo.processInfo.environment["OFFBOARD_TEST_POSTGRES"]

    static var allCases: [StoreUnderTest] { uri == nil ? [.sqlite] : [.sqlite, .postgreSQL] }

    var testDescription: String { rawValue }

    /// A new, empty store.
    ///
    /// - Parameter signer: signs its audit chain.
    func make(signer: (any AuditSigner)? = nil) throws -> FixtureStore {
        switch self {
        case .sqlite:
            let folder = try TemporaryFolder()
            let store = try SQLiteStore.open(
                path: folder.file("offboard.sqlite"),
                role: .daemon,
                audit: AuditParts(sha256: { try SHA256.digest(of: $0) }, signer: signer)
            )
            return FixtureStore(store, keeping: folder, commits: { [weak store] in store?.commits ?? 0 })
        case .postgreSQL:
            let schema = try TemporarySchema(in: try #require(Self.uri))
            let store = try PostgreSQLStore.open(
                uri: { schema.uri },
                schema: schema.name,
                role: .daemon,
                audit: AuditParts(sha256: { try SHA256.digest(of: $0) }, signer: signer)
            )
            return FixtureStore(store, keeping: schema, commits: { [weak store] in store?.commits ?? 0 })
        }
    }
}

/// A store with the place that it lives in, which goes with it.
final class FixtureStore: Store {
    private let store: any Store
    private let place: any Sendable
    private let countCommits: @Sendable () -> Int

    init(_ store: any Store, keeping place: any Sendable, commits: @escaping @Sendable () -> Int) {
        self.store = store
        self.place = place
        countCommits = commits
    }

    /// Transactions committed so far.
    var commits: Int { countCommits() }

    func append(
        _ incoming: IncomingDelivery,
        completion: @escaping @Sendable (Result<AppendOutcome, StoreError>) -> Void
    ) { store.append(incoming, completion: completion) }

    func write<Answer: Sendable>(
        _ body: @escaping @Sendable (any StoreSession) throws -> Answer
    ) async throws -> Answer { try await store.write(body) }

    func read<Answer: Sendable>(
        _ body: @escaping @Sendable (any StoreReadings) throws -> Answer
    ) async throws -> Answer { try await store.read(body) }

    var isShared: Bool { store.isShared }

    func isReady() async -> Bool { await store.isReady() }

    func scrub() async throws { try await store.scrub() }

    var arrivals: AsyncStream<Void> { store.arrivals }

    func close() async throws { try await store.close() }
}

/// A folder that is removed with its last owner.
final class TemporaryFolder: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("storage-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func file(_ name: String) -> String { url.appendingPathComponent(name).path }
}

/// A schema of a test database that is dropped with its last owner.
final class TemporarySchema: Sendable {
    let uri: String
    let name = "test_\(UUID().uuidString.lowercased().replacing("-", with: "_"))"

    init(in uri: String) throws { self.uri = uri }

    deinit {
        do {
            try PostgreSQLConnection(uri: uri).run(
                "SET client_min_messages TO warning; DROP SCHEMA IF EXISTS \(name) CASCADE"
            )
        } catch { Issue.record("a schema stays behind: \(error)") }
    }
}

extension Store {
    func append(_ incoming: IncomingDelivery) async throws -> AppendOutcome {
        try await withCheckedThrowingContinuation { continuation in
            append(incoming) { continuation.resume(with: $0) }
        }
    }

    /// Appends something new and remembers for ever.
    @discardableResult
    func append(_ delivery: Delivery) async throws -> AppendOutcome {
        try await append(IncomingDelivery(delivery: delivery, rememberedSince: .distantPast, onlyIfKnown: false))
    }
}
