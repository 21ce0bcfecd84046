import Foundation
import Offboarding
import Storage
import Testing
import WebhookSignature

/// A kind of store that the suite holds to the protocol's contract. Another store joins by another case.
enum StoreUnderTest: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case sqlite

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
            return FixtureStore(store, in: folder, commits: { [weak store] in store?.commits ?? 0 })
        }
    }
}

/// A store with the folder that it lives in, which goes with it.
final class FixtureStore: Store {
    private let store: any Store
    private let folder: TemporaryFolder
    private let countCommits: @Sendable () -> Int

    init(_ store: any Store, in folder: TemporaryFolder, commits: @escaping @Sendable () -> Int) {
        self.store = store
        self.folder = folder
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
