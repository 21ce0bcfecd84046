import Foundation
import Offboarding
import Testing

@Suite("Figures")
struct FigureSuite {
    @Test("an empty store has nothing to tell", arguments: StoreUnderTest.allCases)
    func empty(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        let figures = try await store.read { try $0.figures(at: Sample.start, shadows: []) }
        #expect(figures.cases == Dictionary(uniqueKeysWithValues: CaseState.allCases.map { ($0, 0) }))
        #expect(figures.unrevokedSince == nil && figures.queuedSince == nil && figures.lastAuditEntry == nil)
        #expect((figures.queued, figures.unresolved, figures.quarantined, figures.auditEntries) == (0, 0, 0, 0))
        try await store.close()
    }

    @Test("cases, deliveries and what waits are counted as they stand", arguments: StoreUnderTest.allCases)
    func counts(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        for number in 1...5 {
            try await store.append(Sample.delivery("d_\(number)", at: Sample.start + Double(number), body: "\(number)"))
        }
        try await store.write { session in
            try session.settle(DeliveryID("d_1"), as: .unresolved, reason: "no email")
            try session.settle(DeliveryID("d_2"), as: .quarantined, reason: "no end")
            try session.settle(DeliveryID("d_3"), as: .interpreted, reason: nil)
            try session.insert(try Sample.case("c_1", "avery", state: .held))
            try session.insert(try Sample.case("c_2", "sam", state: .held))
            try session.insert(try Sample.case("c_3", "kim", state: .completed))
            try session.insert(Sample.part(DeliveryID("d_1"), state: .waiting, dueAt: Sample.start))
            try session.insert(Sample.message("msg_1", [Sample.notice(.held)]))
            try session.save(SweepSchedule(dueAt: Sample.start, asked: 3))
            var back = Watch(caseID: CaseID("c_3"), since: Sample.start, dueAt: Sample.start)
            back.back = [
                Reappearance(
                    key: "production",
                    organizationID: OrganizationID("o_1"),
                    organizationName: "One",
                    userID: UserID("u_1"),
                    isUnderOtherAddress: false
                )
            ]
            try session.save(back)
        }
        let figures = try await store.read { try $0.figures(at: Sample.start, shadows: []) }
        #expect((figures.cases[.held], figures.cases[.completed], figures.cases[.queued]) == (2, 1, 0))
        #expect((figures.queued, figures.unresolved, figures.quarantined) == (2, 1, 1))
        #expect(figures.queuedSince == Sample.start + 4)
        #expect((figures.awaitedLookups, figures.back) == (1, 1))
        #expect(figures.waitingNotices == ["ops": 1])
        #expect(figures.sweep?.asked == 3)
        let chain = try await store.read { try $0.auditCheckpoint() }
        #expect(figures.auditEntries == chain?.sequence && figures.auditEntries > 5)
        #expect(figures.lastAuditEntry != nil)
        try await store.close()
    }

    /// A case that was received at ``Sample/start``, as it differs from one that counts.
    private struct Variant: Sendable {
        var state = CaseState.queued
        var sender = "hr"
        var effectiveAt: Date?
        var restraint: Restraint?
        var result: Case.Result?
        var alsoToldBy: String?
        let since: Date?
    }

    private static let variants: [Variant] = [
        Variant(since: Sample.start),
        Variant(state: .held, since: Sample.start),
        Variant(state: .attention, since: Sample.start),
        Variant(state: .completed, result: .removed, since: nil),
        Variant(state: .refused, since: nil),
        // Reinstated after it was done: nobody is left to remove.
        Variant(state: .attention, result: .removed, since: nil),
        Variant(restraint: .test, since: nil),
        Variant(restraint: .disputed, since: Sample.start),
        Variant(state: .scheduled, effectiveAt: Sample.start + 60, since: Sample.start + 60),
        Variant(state: .scheduled, effectiveAt: Sample.start + 7_200, since: nil),
        Variant(effectiveAt: Sample.start - 60, since: Sample.start),
        Variant(sender: "shadow", since: nil),
        Variant(sender: "shadow", alsoToldBy: "hr", since: Sample.start),
        Variant(alsoToldBy: "shadow", since: Sample.start),
    ]

    @Test("open cases in effect that remove somebody tell since when access was kept", arguments: variants.indices)
    func unrevoked(_ index: Int) async throws {
        let variant = Self.variants[index]
        let store = try StoreUnderTest.sqlite.make()
        try await store.write { session in
            var one = try Sample.case(
                "c_1",
                "avery",
                state: variant.state,
                sender: variant.sender,
                effectiveAt: variant.effectiveAt
            )
            one.restraint = variant.restraint
            one.result = variant.result
            try session.insert(one)
            for teller in [variant.sender, variant.alsoToldBy].compactMap({ $0 }) {
                try session.insert(
                    Offboarding.Statement(
                        departure: Departure(kind: .departed, email: try Sample.email("avery")),
                        sender: teller,
                        delivery: nil,
                        receivedAt: Sample.start,
                        caseID: one.id
                    )
                )
            }
        }
        let figures = try await store.read { try $0.figures(at: Sample.start + 3_600, shadows: ["shadow"]) }
        #expect(figures.unrevokedSince == variant.since)
        try await store.close()
    }
}
