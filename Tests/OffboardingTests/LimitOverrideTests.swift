import Foundation
import Testing

@testable import Offboarding

@Suite("Overrides of limits")
struct LimitOverrideTests {
    private let start = Date(timeIntervalSince1970: 1_795_536_000)

    private func override(_ people: Int, _ sender: String? = nil) -> LimitOverride {
        LimitOverride(
            id: LimitOverrideID("o_\(people)"),
            people: people,
            sender: sender,
            reason: "reduction in force",
            by: "dana",
            from: start,
            until: start + 7200
        )
    }

    @Test("the largest counts for every window, and never lowers one")
    func raises() {
        let policy = Policy(mode: .enforce, senders: ["chat": SenderPolicy(limits: [Limit(people: 2, per: 3600)])])
        let raised = policy.raised(by: [override(20), override(15)])
        #expect(raised.limits.map(\.people) == [20, 25])
        #expect(raised.limits.map(\.window) == policy.limits.map(\.window))
        #expect(raised.senders == policy.senders, "a sender's own limits stay")
        #expect(raised.fractionOfOrganization == policy.fractionOfOrganization)
        #expect(policy.raised(by: []) == policy)
    }

    @Test("a sender's own limits are raised by its own override, and by no other")
    func bySender() {
        let policy = Policy(mode: .enforce, senders: ["chat": SenderPolicy(limits: [Limit(people: 2, per: 3600)])])
        let raised = policy.raised(by: [override(9, "chat"), override(50, "hr")])
        #expect(raised.limits == policy.limits)
        #expect(raised.senders["chat"]?.limits == [Limit(people: 9, per: 3600)])
        #expect(raised.senders["hr"] == nil)
    }

    @Test("it counts from its beginning up to its end, and not when the clock is set back before it")
    func time() {
        let one = override(20)
        #expect(one.isInForce(at: start) && one.isInForce(at: start + 7199))
        #expect(!one.isInForce(at: start + 7200) && !one.isInForce(at: start - 1))
        var ended = one
        ended.endedAt = start + 1
        #expect(!ended.isInForce(at: start + 2))
    }
}
