import Foundation
import Offboarding
import Testing

@Suite("A store's statements, workers and tests")
struct StatementSuite {
    private func statement(_ names: [String], at: Date, occurredAt: Date? = nil) throws -> Statement {
        let emails = try names.map(Sample.email)
        return Statement(
            departure: Departure(
                kind: occurredAt == nil ? .departed : .reinstated,
                email: emails[0],
                aliases: Array(emails.dropFirst()),
                effectiveAt: at + 5,
                occurredAt: occurredAt
            ),
            sender: "hr",
            delivery: occurredAt == nil ? nil : DeliveryID("d_1"),
            receivedAt: at,
            caseID: occurredAt == nil ? nil : CaseID("c_1")
        )
    }

    @Test(
        "rule 13: what was said about a person is ordered by when it happened, else arrived",
        arguments: StoreUnderTest.allCases
    )
    func order(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        let arrived = try statement(["avery"], at: Sample.start + 10)
        let late = try statement(["stone", "avery"], at: Sample.start + 30, occurredAt: Sample.start + 5)
        let same = try statement(["avery", "ave", "a"], at: Sample.start + 10)
        let other = try statement(["averys"], at: Sample.start)
        try await store.write { session in
            for one in [arrived, late, same, other] { try session.insert(one) }
        }
        let emails = [try Sample.email("avery"), try Sample.email("stone")]
        #expect(try await store.read { try $0.statements(about: emails) } == [late, arrived, same])
        #expect(try await store.read { try $0.statements(about: [emails[1]]) } == [late])
        #expect(try await store.read { try $0.statements(about: []) }.isEmpty)
    }

    @Test("heartbeats are kept one a worker, newest first", arguments: StoreUnderTest.allCases)
    func heartbeats(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        let daemon = Heartbeat(worker: "daemon:1", at: Sample.start + 2, listener: "127.0.0.1:8080")
        let command = Heartbeat(worker: "command:2", at: Sample.start + 3, listener: nil)
        try await store.write { session in
            try session.beat(Heartbeat(worker: "daemon:1", at: Sample.start, listener: nil))
            try session.beat(daemon)
            try session.beat(command)
        }
        #expect(try await store.read { try $0.heartbeats() } == [command, daemon])
        try await store.write { try $0.removeHeartbeat(of: "command:2") }
        #expect(try await store.read { try $0.heartbeats() } == [daemon])
    }

    @Test("an announced test is known by sender and replay key", arguments: StoreUnderTest.allCases)
    func announced(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        let key = ReplayKey(signedID: "evt_1", bodyDigest: Sample.digest("x"))
        let unsigned = ReplayKey(signedID: nil, bodyDigest: Sample.digest("x"))
        try await store.write { try $0.announceTest(sender: "hr", key: key, at: Sample.start) }
        #expect(try await store.read { try $0.isAnnouncedTest(sender: "hr", key: key) })
        #expect(try await !store.read { try $0.isAnnouncedTest(sender: "chat", key: key) })
        #expect(try await !store.read { try $0.isAnnouncedTest(sender: "hr", key: unsigned) })
    }
}
