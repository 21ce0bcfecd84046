import Foundation
import Storage
import Testing

@testable import Offboarding

@Suite("Cases asked for in a chat")
struct ChatDeskTests {
    private static let dana = "slack:T01/U0DANA"
    private static let morgan = "slack:T01/U0MORGAN"

    /// Does what is asked in a new delivery; what became of that.
    @discardableResult
    private func serve(
        _ wish: ChatRequest.Wish,
        by person: String = dana,
        in shop: Workshop,
        sender: String = "slack"
    ) async throws -> Delivery? {
        let now = shop.time.now()
        let policy = shop.parts.policy
        let delivery = Delivery(
            id: .make(at: now),
            sender: sender,
            receivedAt: now,
            headers: [],
            body: Array(UUID().uuidString.utf8),
            replayKey: ReplayKey(signedID: nil, bodyDigest: Array(UUID().uuidString.utf8)),
            secretName: nil
        )
        _ = await withCheckedContinuation { continuation in
            shop.store.append(
                IncomingDelivery(delivery: delivery, rememberedSince: now, onlyIfKnown: false)
            ) { continuation.resume(returning: $0) }
        }
        let request = ChatRequest(requester: person, replyTo: "https://hooks.slack.com/x", wish: wish)
        return try await shop.store.write { session in
            try ChatDesk(session: session, now: now, policy: policy).serve(request, of: delivery, isTest: false)
            return try session.delivery(delivery.id)
        }
    }

    private func asked(_ shop: Workshop) async throws -> Case {
        try await serve(.remove(try EmailAddress(Samples.avery)), in: shop)
        let open = try await shop.store.read { try $0.openCases(sharing: [try EmailAddress(Samples.avery)]) }
        return try await shop.engine.work(try #require(open.first).id)
    }

    /// Every message that is due, in order.
    private func told(_ shop: Workshop) async throws -> [ChatContent] {
        let now = shop.time.now()
        return try await shop.store.write { session in
            var told: [ChatContent] = []
            while let next = try session.takeDueChatMessage(of: "slack", now: now, again: now + 999) {
                told.append(next.content)
                try session.removeChatMessage(next.id)
            }
            return told
        }
    }

    @Test("what is asked for is held whatever the policy allows, and its plan is told in the same transaction")
    func held() async throws {
        let shop = try Workshop()
        let held = try await asked(shop)
        #expect(held.state == .held)
        #expect(held.askedBy == Self.dana)
        #expect(held.reason == "it was asked for in a chat")
        guard case .standing(let plan)? = try await told(shop).first else {
            Issue.record("no plan was told")
            return
        }
        #expect(plan.planDigest == held.planDigest)
        #expect(plan.rows.count == 1)
        try await serve(.approve(held.id, digest: try #require(held.planDigest)), by: Self.morgan, in: shop)
        let done = try await shop.engine.work(held.id)
        #expect(done.result == .removed)
        #expect(done.approval?.by == Self.morgan)
        #expect(try await told(shop).count == 1)
        try await shop.close()
    }

    @Test("with four eyes whoever asked is told no; without it one person may do both")
    func fourEyes() async throws {
        for fourEyes in [true, false] {
            let shop = try Workshop(policy: Policy(mode: .enforce, fourEyes: fourEyes))
            let held = try await asked(shop)
            _ = try await told(shop)
            let delivery = try await serve(.approve(held.id, digest: try #require(held.planDigest)), in: shop)
            #expect(delivery?.state == (fourEyes ? .ignored : .interpreted))
            #expect(try await shop.current(held.id)?.state == (fourEyes ? .held : .queued))
            guard fourEyes else { continue }
            guard case .note(let text)? = try await told(shop).first else {
                Issue.record("nothing was told")
                continue
            }
            #expect(text.contains("four_eyes"))
            try await shop.close()
        }
    }

    @Test("an older digest, another chat's case and a case that is none are refused and change nothing")
    func refused() async throws {
        let shop = try Workshop()
        let held = try await asked(shop)
        let digest = try #require(held.planDigest)
        #expect(try await serve(.approve(held.id, digest: "old"), in: shop)?.state == .ignored)
        #expect(try await serve(.approve(held.id, digest: digest), in: shop, sender: "other")?.state == .ignored)
        #expect(try await serve(.approve(CaseID("c_none"), digest: digest), in: shop)?.state == .ignored)
        #expect(try await serve(.refuse(held.id), in: shop, sender: "other")?.state == .ignored)
        #expect(try await shop.current(held.id) == held)
        try await shop.close()
    }

    @Test("a sender that need not ask ends the case that waits in a chat, and its own runs")
    func superseded() async throws {
        let shop = try Workshop()
        let held = try await asked(shop)
        let done = try await shop.work()
        #expect(done.id != held.id)
        #expect(done.result == .removed)
        #expect(try await shop.current(held.id)?.state == .cancelled)
        try await shop.close()
    }

    @Test("who asks in a chat moves no case that is there")
    func joined() async throws {
        let shop = try Workshop()
        let later = shop.time.now() + 9999
        let ids = try await shop.record(effectiveAt: later)
        try await serve(.remove(try EmailAddress(Samples.avery)), in: shop)
        let current = try await shop.current(ids[0])
        #expect(current?.state == .scheduled)
        #expect(current?.dueAt == later)
        #expect(current?.restraint == nil)
        #expect(try await told(shop).count == 1)
        try await shop.close()
    }
}
