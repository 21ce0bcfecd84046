import Foundation
import Offboarding
import Testing

@Suite("A store's overrides of limits")
struct LimitSuite {
    private let now = Sample.start + 100

    private func override(_ id: String, from: Date, until: Date, sender: String? = nil) -> LimitOverride {
        LimitOverride(
            id: LimitOverrideID(id),
            people: 200,
            sender: sender,
            reason: "reduction in force",
            by: "dana",
            from: from,
            until: until
        )
    }

    @Test(
        "those in force are found, those over or ended are kept and never count",
        arguments: StoreUnderTest.allCases
    )
    func overrides(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        let now = now
        let given = [
            override("o_1", from: now - 10, until: now),
            override("o_2", from: now - 10, until: now + 1),
            override("o_3", from: now - 5, until: now + 9, sender: "hr"),
            override("o_4", from: now + 5, until: now + 9),
        ]
        try await store.write { session in for one in given { try session.insert(one) } }
        #expect(try await store.read { try $0.limitOverrides(at: now) } == [given[1], given[2]])
        var ended = given[1]
        ended.endedAt = now
        ended.endedBy = "morgan"
        let changed = ended
        try await store.write { try $0.update(changed) }
        #expect(try await store.read { try $0.limitOverrides(at: now) } == [given[2]])
        #expect(try await store.read { try $0.limitOverride(LimitOverrideID("o_2")) } == changed)
        #expect(try await store.read { try $0.limitOverrides(limit: 2) }.map(\.id.text) == ["o_4", "o_3"])
        #expect(try await store.read { try $0.limitOverride(LimitOverrideID("o_9")) } == nil)
    }
}
