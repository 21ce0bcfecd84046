import AuditKeys
import Foundation
import GRDB
import Offboarding
import Synchronization
import Testing
import WebhookSignature

@testable import Storage

/// A signer that counts, and that can be made to fail.
final class CountingSigner: AuditSigner {
    private let key: SigningKey
    private let state = Mutex((signatures: 0, fails: false))

    init() throws { key = try SigningKey() }

    var signatures: Int { state.withLock { $0.signatures } }

    func fail(_ fails: Bool) { state.withLock { $0.fails = fails } }

    func publicKey() throws -> AuditPublicKey { try AuditPublicKey(key.publicKey) { try SHA256.digest(of: $0) } }

    func sign(_ message: [UInt8]) throws -> [UInt8] {
        let fails = state.withLock { state in
            state.signatures += 1
            return state.fails
        }
        if fails { throw AuditTrouble() }
        return try key.sign(message)
    }
}

private struct AuditTrouble: Error {}

extension Store {
    /// The chain as it is, checked from its first entry to its last with every signed head.
    func checkedChain() async throws -> [AuditRecord] {
        let (entries, heads, keys) = try await read { session in
            (
                try session.auditEntries(after: 0, limit: 100_000), try session.auditHeads(from: 0, limit: 100_000),
                try session.auditKeys()
            )
        }
        let sha256: SHA256Function = { try SHA256.digest(of: $0) }
        var chain = AuditChain(
            isWhole: true,
            keys: try keys.map { try AuditPublicKey($0, sha256: sha256) },
            checkpoints: heads,
            sha256: sha256
        ) { key, message, signature in try VerifyingKey(key).signed(message, with: signature) }
        for entry in entries { try chain.check(entry) }
        try chain.finish()
        if !heads.isEmpty { #expect(chain.signedThrough?.sequence == chain.last) }
        return try entries.map { try AuditRecord($0) }
    }
}

@Suite("A store's audit chain")
struct AuditSuite {
    private struct Refused: Error {}

    @Test("a delivery and its entry are kept together, and a repetition makes none", arguments: StoreUnderTest.allCases)
    func deliveries(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        for id in ["d_1", "d_2"] { try await store.append(Sample.delivery(id, body: id)) }
        let repeated = try await store.append(Sample.delivery("d_3", body: "d_1"))
        #expect(repeated == .duplicate(of: DeliveryID("d_1")))
        let unknown = try await store.append(Sample.incoming(Sample.delivery("d_4", body: "4"), onlyIfKnown: true))
        #expect(unknown == .unknown)
        let chain = try await store.checkedChain()
        #expect(chain.map(\.kind) == ["delivery.accepted", "delivery.accepted"])
        #expect(chain.map(\.delivery?.text) == ["d_1", "d_2"])
        #expect(try await store.read { try $0.auditSequence(of: DeliveryID("d_2")) } == 2)
        // Two deliveries of one body would give it away.
        let other = Sample.delivery("d_5", sender: "other", body: "d_1")
        try await store.append(other)
        let contents = try await store.checkedChain().map { $0.facts["contents"] }
        #expect(contents[0] != contents[2])
    }

    @Test("work that fails leaves no entry and no gap", arguments: StoreUnderTest.allCases)
    func failures(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<60 {
                group.addTask { try await store.append(Sample.delivery("d_\(number)", body: "\(number)")) }
                group.addTask {
                    let new = try Sample.case("c_\(number)", "person\(number)")
                    do {
                        try await store.write { session in
                            try session.insert(new)
                            if number.isMultiple(of: 3) { throw Refused() }
                        }
                    } catch is Refused {
                        #expect(number.isMultiple(of: 3))
                    }
                }
            }
            try await group.waitForAll()
        }
        let chain = try await store.checkedChain()
        #expect(chain.count == 100)
        #expect(Set(chain.compactMap(\.caseID)).count == 40)
    }

    @Test("the head is signed once for all that are committed together", arguments: StoreUnderTest.allCases)
    func groupSignature(_ kind: StoreUnderTest) async throws {
        let signer = try CountingSigner()
        let store = try kind.make(signer: signer)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<200 {
                group.addTask { try await store.append(Sample.delivery("d_\(number)", body: "\(number)")) }
            }
            try await group.waitForAll()
        }
        #expect(try await store.checkedChain().count == 200)
        #expect(signer.signatures <= store.commits)
        #expect(signer.signatures < 200)
        let before = signer.signatures
        try await store.write { try $0.beat(Heartbeat(worker: "command:1", at: Sample.start, listener: nil)) }
        #expect(signer.signatures == before)
        let checkpoint = try #require(try await store.read { try $0.auditCheckpoint() })
        #expect(checkpoint.sequence == 200)
        #expect(checkpoint.signature?.key == (try signer.publicKey().fingerprint))
    }

    @Test("what cannot be signed is not kept, and is not acknowledged", arguments: StoreUnderTest.allCases)
    func unsignable(_ kind: StoreUnderTest) async throws {
        let signer = try CountingSigner()
        let store = try kind.make(signer: signer)
        signer.fail(true)
        let error = await #expect(throws: StoreError.self) { try await store.append(Sample.delivery("d_1")) }
        #expect(error?.code == .unavailable)
        signer.fail(false)
        #expect(try await store.append(Sample.delivery("d_1")) == .accepted(DeliveryID("d_1"), reusedID: false))
        #expect(try await store.checkedChain().count == 1)
    }

    @Test("a case's changes are entered, and a worker's taking it is not", arguments: StoreUnderTest.allCases)
    func cases(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        let new = try Sample.case("c_1", "avery")
        try await store.write { try $0.insert(new) }
        let claimed = try await store.write { session in
            try session.claim(new.id, owner: "w", now: Sample.start + 9, leaseUntil: Sample.start + 99)
        }
        var mine = try #require(claimed)
        try mine.apply(.troubled)
        mine.reason = "key production: out of reach"
        for _ in 0..<2 {
            let changed = mine
            try await store.write { try $0.update(changed) }
        }
        mine.reason = "another reason"
        let other = mine
        try await store.write { session in
            try session.acting(as: .person("dana")) { try session.update(other) }
        }
        let chain = try await store.checkedChain()
        #expect(chain.map(\.kind) == ["case.opened", "case.retrying", "case.retrying"])
        #expect(chain.map(\.actor) == ["sender:hr", "engine", "person:dana"])
        #expect(try await store.read { try $0.auditEntries(of: new.id) }.count == 3)
        #expect(try await store.read { try $0.auditEntries(of: CaseID("c_2")) }.isEmpty)
    }

    @Test("outcomes of removals are entered when they change", arguments: StoreUnderTest.allCases)
    func removals(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        let new = try Sample.case("c_1", "avery")
        let planned = Removal(
            key: "production",
            membership: Membership(organization: OrganizationID("o1"), user: UserID("u1"))
        )
        var gone = planned
        gone.outcome = .removed
        gone.httpStatus = 204
        let removed = gone
        let unread = Removal(
            key: "other",
            membership: nil,
            outcome: .operator,
            detail: "key of ops@example.com refused"
        )
        let steps = [[planned], [planned, unread], [removed, unread], [removed, unread]]
        try await store.write { session in
            try session.insert(new)
            for step in steps { try session.replaceRemovals(of: new.id, with: step) }
            try session.save(removed, of: new.id)
        }
        let outcomes = try await store.checkedChain().filter { $0.is(.removalOutcome) }.map(\.facts)
        #expect(outcomes.map { $0["outcome"]?.text } == ["operator", "removed"])
        #expect(outcomes[0]["detail"]?.text == "key of (address) refused")
        #expect(outcomes[1]["user"]?.text == "u1")
        #expect(outcomes[1]["http_status"]?.number == 204)
    }

    @Test(
        "a person is the same commitment everywhere, and nobody's address is kept",
        arguments: StoreUnderTest.allCases
    )
    func people(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        try await store.write { session in
            try session.insert(try Sample.case("c_1", "avery"))
            try session.insert(
                Offboarding.Statement(
                    departure: Departure(
                        kind: .departed,
                        email: try Sample.email("avery"),
                        aliases: [try Sample.email("other")]
                    ),
                    sender: "hr",
                    delivery: nil,
                    receivedAt: Sample.start,
                    caseID: CaseID("c_1")
                )
            )
        }
        let chain = try await store.checkedChain()
        #expect(chain[0].subject.first == chain[1].subject.first)
        #expect(chain[1].subject.count == 2)
        #expect(Set(chain[1].subject).count == 2)
        let salts = try await store.read { try $0.auditSalts(after: nil, limit: 9) }
        #expect(salts.map(\.email.text) == ["avery@example.com", "other@example.com"])
        #expect(Set(salts.map(\.salt)).count == 2)
        #expect(salts.allSatisfy { $0.salt.count == 32 })
        let commitment = try AuditSalt.commitment(to: "avery@example.com", salt: salts[0].salt) {
            try SHA256.digest(of: $0)
        }
        #expect(chain[0].subject.first == HexText.text(commitment))
        for entry in try await store.read({ try $0.auditEntries(after: 0, limit: 9) }) {
            #expect(!entry.bytes.contains(UInt8(ascii: "@")))
        }
    }

    @Test("entries of a time are found", arguments: StoreUnderTest.allCases)
    func spans(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        for number in 0..<5 {
            try await store.append(
                Sample.delivery("d_\(number)", at: Sample.start + Double(number), body: "\(number)")
            )
        }
        func span(_ from: Double?, _ to: Double?) async throws -> ClosedRange<Int64>? {
            try await store.read { session in
                try session.auditSpan(from: from.map { Sample.start + $0 }, to: to.map { Sample.start + $0 })
            }
        }
        #expect(try await span(nil, nil) == 1...5)
        #expect(try await span(1, 3) == 2...3)
        #expect(try await span(4, nil) == 5...5)
        #expect(try await span(9, nil) == nil)
    }
}

@Suite("The audit chain in SQLite")
struct SQLiteAuditTests {
    private let folder = try? TemporaryFolder()

    private func open(_ role: StoreRole, _ signer: CountingSigner) throws -> SQLiteStore {
        try SQLiteStore.open(
            path: try #require(folder).file("offboard.sqlite"),
            role: role,
            audit: AuditParts(sha256: { try SHA256.digest(of: $0) }, signer: signer)
        )
    }

    @Test("a daemon and a command add to one chain")
    func twoWriters() async throws {
        let signer = try CountingSigner()
        let daemon = try open(.daemon, signer)
        let command = try open(.command, signer)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (prefix, store) in [("d", daemon), ("c", command)] {
                group.addTask {
                    for number in 0..<50 {
                        try await store.append(Sample.delivery("\(prefix)_\(number)", body: "\(prefix)\(number)"))
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await daemon.checkedChain().count == 100)
        try await command.close()
        try await daemon.close()
    }

    @Test("a chain whose end was cut goes on, and its remains are no reason to refuse deliveries")
    func cutEnd() async throws {
        let signer = try CountingSigner()
        let store = try open(.daemon, signer)
        for number in 0..<4 { try await store.append(Sample.delivery("d_\(number)", body: "\(number)")) }
        try store.onWriter { try $0.execute(sql: "DELETE FROM audit_entries WHERE sequence > 2") }
        try await store.append(Sample.delivery("d_9", body: "9"))
        let heads = try await store.read { try $0.auditHeads(from: 3, limit: 9) }
        #expect(heads.map(\.sequence) == [3, 4])
        #expect(heads.map(\.hash.count) == [32, 0])
        try await store.close()
    }
}
