import Foundation
import Offboarding
import Synchronization
import Testing
import WebhookSignature

@testable import Storage

/// What PostgreSQL is asked for beyond the suite; without a server there is nothing to ask.
@Suite("The store in PostgreSQL", .enabled(if: StoreUnderTest.uri != nil))
struct PostgreSQLStoreTests {
    private static func open(_ schema: TemporarySchema, role: StoreRole = .daemon, now: Date = Date()) throws
        -> PostgreSQLStore
    {
        try PostgreSQLStore.open(
            uri: { schema.uri },
            schema: schema.name,
            role: role,
            audit: AuditParts(sha256: { try SHA256.digest(of: $0) }),
            now: now
        )
    }

    private static func schema() throws -> TemporarySchema { try TemporarySchema(in: try #require(StoreUnderTest.uri)) }

    private static func code(_ body: () throws -> Void) -> StoreError.Code? {
        do { try body() } catch { return (error as? StoreError)?.code }
        return nil
    }

    @Test("two nodes append to one chain, and one of equal deliveries is new")
    func twoNodes() async throws {
        let schema = try Self.schema()
        let nodes = [try Self.open(schema), try Self.open(schema)]
        let outcomes = try await withThrowingTaskGroup(of: AppendOutcome.self) { group in
            for number in 0..<400 {
                let delivery = Sample.delivery("d_\(number)", signedID: "evt_\(number / 2)")
                group.addTask { try await nodes[number % 2].append(delivery) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count { if case .accepted(_, reusedID: false) = $0 { true } else { false } } == 200)
        #expect(outcomes.count { if case .duplicate = $0 { true } else { false } } == 200)
        let entries = try await nodes[0].read { try $0.auditEntries(after: 0, limit: 1000) }
        #expect(entries.map(\.sequence) == Array(1...200))
        let kept = try await nodes[1].read { try $0.deliveries(limit: nil, after: nil) }
        #expect(kept.count == 200)
        let sequences = try await nodes[1].read { session in
            try kept.compactMap { try session.auditSequence(of: $0.id) }
        }
        #expect(Set(sequences) == Set(1...200))
    }

    @Test("a node hears of what another one brings", .timeLimit(.minutes(5)))
    func arrivals() async throws {
        let schema = try Self.schema()
        let (mine, other) = (try Self.open(schema), try Self.open(schema))
        var heard = mine.arrivals.makeAsyncIterator()
        // One for the stream and one for the connection that listens; what comes then comes from the other node.
        _ = await heard.next()
        let telling = Task {
            var number = 0
            while !Task.isCancelled {
                number += 1
                try await other.append(Sample.delivery("d_\(number)", body: "\(number)"))
                try await Task.sleep(for: .milliseconds(20))
            }
        }
        for _ in 0..<3 { #expect(await heard.next() != nil) }
        telling.cancel()
    }

    @Test("many nodes may begin at once on an empty database")
    func migrations() async throws {
        let schema = try Self.schema()
        let stores = try await withThrowingTaskGroup(of: PostgreSQLStore.self) { group in
            for _ in 0..<6 { group.addTask { try Self.open(schema) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        try await stores[5].append(Sample.delivery("d_1"))
        #expect(try await stores[0].read { try $0.deliveries(limit: nil, after: nil) }.count == 1)
    }

    @Test("a user who may make no schema works in one that was made for them")
    func givenSchema() async throws {
        let schema = try Self.schema()
        let role = "role_\(schema.name)"
        let administrator = try PostgreSQLConnection(uri: schema.uri)
        try administrator.run("CREATE ROLE \(role) LOGIN; CREATE SCHEMA \(schema.name) AUTHORIZATION \(role)")
        let uri = schema.uri.replacing("://offboard@", with: "://\(role)@")
        let store = try PostgreSQLStore.open(
            uri: { uri },
            schema: schema.name,
            role: .daemon,
            audit: AuditParts(sha256: { try SHA256.digest(of: $0) })
        )
        try await store.append(Sample.delivery("d_1"))
        try await store.close()
        try administrator.run("DROP OWNED BY \(role); DROP ROLE \(role)")
    }

    @Test("tables of a newer version are left alone")
    func newer() throws {
        let schema = try Self.schema()
        _ = try Self.open(schema)
        try PostgreSQLConnection(uri: schema.uri).run("INSERT INTO \(schema.name).migrations VALUES ('2999-01 future')")
        #expect(Self.code { _ = try Self.open(schema) } == .notAStore)
    }

    @Test("a session that was cut off is followed by another one")
    func cutOff() async throws {
        let schema = try Self.schema()
        let store = try Self.open(schema)
        for round in 0..<3 {
            try await store.append(Sample.delivery("d_\(round)", body: "\(round)"))
            #expect(try await store.read { try $0.deliveries(limit: nil, after: nil) }.count == round + 1)
            try PostgreSQLConnection(uri: schema.uri).run(
                """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE application_name = 'vultr-offboard' AND pid <> pg_backend_pid()
                    AND query LIKE '%\(round == 2 ? "" : "COMMIT")%' AND state = 'idle'
                """
            )
        }
        #expect(try await store.append(Sample.delivery("d_1", body: "1")) == .duplicate(of: DeliveryID("d_1")))
    }

    @Test("a body whose session is cut off fails, and nothing of it is kept")
    func cutOffInside() async throws {
        let schema = try Self.schema()
        let store = try Self.open(schema)
        let one = try Sample.case("c_1", "avery")
        do {
            try await store.write { session in
                try session.insert(one)
                let own = try #require((session as? SQLSession)?.rows("SELECT pg_backend_pid()").first?[0] as Int?)
                try PostgreSQLConnection(uri: schema.uri).run("SELECT pg_terminate_backend(\(own), 5000)")
                _ = try session.case(one.id)
            }
            Issue.record("the body did not fail")
        } catch let error as StoreError { #expect(error.code == .unavailable) }
        #expect(try await store.read { try $0.case(one.id) } == nil)
        #expect(await store.isReady())
    }

    @Test("a node that hangs inside a transaction holds up the others for some seconds only", .timeLimit(.minutes(5)))
    func hanging() async throws {
        let schema = try Self.schema()
        let store = try Self.open(schema, role: .command)
        let (holding, holds) = AsyncStream.makeStream(of: Void.self)
        let isAppended = AtomicFlag()
        async let end = Self.hang(schema, until: isAppended) { holds.finish() }
        for await _ in holding {}
        // The server ends what hangs; until then this waits.
        try await store.append(Sample.delivery("d_1"))
        isAppended.set()
        let cut = await end
        #expect(cut == .unavailable || cut == .busy)
        #expect(try await store.read { try $0.deliveries(limit: nil, after: nil) }.count == 1)
    }

    /// Holds the writers' lock until something was done meanwhile.
    ///
    /// - Returns: why that transaction could not go on then.
    private static func hang(
        _ schema: TemporarySchema,
        until done: AtomicFlag,
        _ holds: @escaping @Sendable () -> Void
    ) async -> StoreError.Code? {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                let server = PostgreSQLServer(uri: { schema.uri }, schema: schema.name, patience: 5)
                let database = PostgreSQLDatabase(server)
                continuation.resume(
                    returning: code {
                        do {
                            try database.transaction {
                                holds()
                                while !done.isSet { usleep(20_000) }
                                _ = try database.rows("SELECT 1", [any SQLValueConvertible]())
                            }
                        } catch { throw StoreError(describing: error) }
                    }
                )
            }
        }
    }

    @Test("what cannot be reached, let in or used says so, without the URI")
    func refused() throws {
        func problem(_ uri: String, now: Date = Date()) -> StoreError? {
            do {
                _ = try PostgreSQLStore.open(
                    uri: { uri },
                    role: .daemon,
                    audit: AuditParts(sha256: { try SHA256.digest(of: $0) }),
                    now: now
                )
            } catch { return error as? StoreError }
            return nil
        }
        let uri = try #require(StoreUnderTest.uri)
        let nobody = problem("postgresql://someone:s3cret@127.0.0.1:1/nothing")
        #expect(nobody?.code == .unavailable)
        #expect(nobody?.message.contains("s3cret") == false)
        #expect(problem(uri.replacing("/postgres?", with: "/no_such_database?"))?.code == .unavailable)
        #expect(problem("host=/tmp password=s3cret")?.message.contains("s3cret") == false)
        #expect(problem(uri, now: Date() + 60)?.message.contains("clock") == true)
    }

    @Test("a NUL in a text becomes U+FFFD, and does not keep a person's notices from being found")
    func nul() async throws {
        let store = try StoreUnderTest.postgreSQL.make()
        let email = try Sample.email("avery")
        let notice = Notice(kind: .held, at: Sample.start, sender: "hr", email: email, reason: "what\0ever \\u0000")
        try await store.write { try $0.insert(notice) }
        let found = try await store.read { try $0.notices(about: [email]) }
        #expect(found.map(\.email) == [email])
        var override = try Sample.case("c_1", "kim")
        override.reason = "a\0b"
        try await store.write { [override] in try $0.insert(override) }
        #expect(try await store.read { try $0.case(CaseID("c_1")) }?.reason == "a\u{FFFD}b")
    }
}

@Suite("PostgreSQL's words")
struct PostgreSQLWordTests {
    @Test(
        "places of arguments become PostgreSQL's",
        arguments: [
            ("SELECT 1", "SELECT 1"), ("a = ? AND b = ?", "a = $1 AND b = $2"),
            ("a = ?1 AND b = ?2 AND c = ?1", "a = $1 AND b = $2 AND c = $1"),
            ("a = '?' AND b = ?", "a = '?' AND b = $1"),
            ("a = ?12", "a = $12"),
        ]
    )
    func places(_ ours: String, _ theirs: String) { #expect(PostgreSQLDatabase.translate(ours) == theirs) }

    @Test(
        "only URIs that libpq can read are taken",
        arguments: [
            ("postgresql://offboard@db.example.com/offboard?sslmode=verify-full", true), ("postgres://a,b/x", true),
            ("postgresql://[::1]:5432/x", true), ("host=db", false), ("mysql://db/x", false), ("", false),
            ("postgresql://db/x?nonsense=1", false), ("postgresql://db:port/x%zz", false),
        ]
    )
    func uris(_ uri: String, _ canBeRead: Bool) { #expect(PostgreSQLStore.canRead(uri: uri) == canBeRead) }

    @Test(
        "PostgreSQL's errors become ours",
        arguments: [
            ("08006", StoreError.Code.unavailable), ("57P01", .unavailable), ("25006", .unavailable), ("53100", .full),
            ("55P03", .busy), ("40P01", .busy), ("28P01", .unavailable), ("XX001", .damaged), ("42P01", .unavailable),
        ]
    )
    func errors(_ state: String, _ code: StoreError.Code) {
        #expect(PostgreSQLError(sqlState: state).storeError.code == code)
        #expect(PostgreSQLError(sqlState: state).conflict == nil)
    }

    @Test("a broken constraint is a conflict that names it")
    func conflict() {
        let error = PostgreSQLError(sqlState: "23505", constraint: "case_emails_open")
        #expect(error.conflict?.message.contains("case_emails_open") == true)
        #expect(!error.endsTransaction)
    }
}

private final class AtomicFlag: Sendable {
    private let value = Atomic<Bool>(false)

    var isSet: Bool { value.load(ordering: .acquiring) }

    func set() { value.store(true, ordering: .releasing) }
}
