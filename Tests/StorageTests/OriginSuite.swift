import Foundation
import Offboarding
import Testing

@Suite("Who said what, and which secret vouched for it")
struct OriginSuite {
    private func delivery(_ id: String, _ sender: String, _ secret: String?, after seconds: TimeInterval) -> Delivery {
        Sample.delivery(id, at: Sample.start + seconds, sender: sender, body: id, secret: secret)
    }

    @Test("each secret's last use is told by sender, the latest first", arguments: StoreUnderTest.allCases)
    func uses(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        #expect(try await store.read { try $0.oldestDelivery() } == nil)
        #expect(try await store.read { try $0.secretUses(of: "hr") } == [])
        try await store.append(delivery("d_1", "hr", "old", after: 0))
        try await store.append(delivery("d_2", "hr", "new", after: 10))
        try await store.append(delivery("d_3", "hr", "old", after: 20))
        try await store.append(delivery("d_4", "other", "old", after: 30))
        try await store.append(delivery("d_5", "hr", "new", after: 40))
        try await store.append(delivery("d_6", "hr", nil, after: 5))
        #expect(
            try await store.read { try $0.secretUses(of: "hr") } == [
                SecretUse(secret: "new", lastUsedAt: Sample.start + 40),
                SecretUse(secret: "old", lastUsedAt: Sample.start + 20),
                SecretUse(secret: nil, lastUsedAt: Sample.start + 5),
            ]
        )
        #expect(try await store.read { try $0.oldestDelivery() } == Sample.start)
    }

    @Test("the tellers of a case are those who said that the person left", arguments: StoreUnderTest.allCases)
    func tellers(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        let one = try Sample.case("c_1", "avery")
        let email = try Sample.email("avery")
        try await store.write { session in
            try session.insert(one)
            for (kind, sender) in [(Departure.Kind.departed, "okta"), (.departed, "hr"), (.reinstated, "chat")] {
                try session.insert(
                    Statement(
                        departure: Departure(kind: kind, email: email),
                        sender: sender,
                        delivery: nil,
                        receivedAt: Sample.start,
                        caseID: one.id
                    )
                )
            }
        }
        #expect(try await store.read { try $0.tellers(of: one) } == ["hr", "okta"])
        let other = try Sample.case("c_2", "kim", sender: "mine")
        #expect(try await store.read { try $0.tellers(of: other) } == ["mine"])
        #expect(try await store.read { try $0.statements(by: "okta", since: nil) }.map(\.sender) == ["okta"])
        #expect(try await store.read { try $0.statements(by: "okta", since: Sample.start + 1) }.isEmpty)
    }

    @Test("whom dry runs would have removed is counted by dry runs only", arguments: StoreUnderTest.allCases)
    func dryRuns(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        let one = try Sample.case("c_1", "avery", state: .completed, dueAt: nil)
        try await store.write { session in
            try session.insert(one)
            var removal = Sample.removal("o_1", "u_1")
            removal.outcome = .dryRun
            try session.replaceRemovals(of: one.id, with: [removal])
        }
        for counts in [false, true] {
            let counted = try await store.read {
                try $0.plannedUsers(
                    since: Sample.start,
                    sender: nil,
                    countingDryRuns: counts,
                    excluding: CaseID("c_9")
                )
            }
            #expect(counted == (counts ? [UserID("u_1")] : []))
        }
    }
}
