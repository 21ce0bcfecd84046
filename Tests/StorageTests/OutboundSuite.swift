import Foundation
import Offboarding
import Testing

@Suite("A store's open parts and outbox")
struct OutboundSuite {
    private let now = Sample.start + 100
    private let id = DeliveryID("d_1")

    @Test("a delivery that is settled as accepted has been read", arguments: StoreUnderTest.allCases)
    func readOnce(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        try await store.append(Sample.delivery("d_1"))
        #expect(try await store.read { try $0.acceptedDeliveries(limit: 9) }.map(\.id) == [id])
        try await store.write { try $0.settle(DeliveryID("d_1"), as: .accepted, reason: "a lookup is awaited") }
        #expect(try await store.read { try $0.acceptedDeliveries(limit: 9) } == [])
        #expect(try await store.read { try $0.delivery(DeliveryID("d_1")) }?.state == .accepted)
        #expect(try await store.read { try $0.deliveries(limit: 9, after: nil) }.map(\.state) == [.accepted])
    }

    @Test("a part comes back as it was kept, and changes as it is told", arguments: StoreUnderTest.allCases)
    func part(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        let given = Sample.part(id, state: .waiting, dueAt: now)
        try await store.write { try $0.insert(given) }
        let kept = try #require(
            try await store.read { try $0.parts(of: given.delivery, in: [.waiting], limit: 9) }.first
        )
        #expect(kept.sequence > 0)
        #expect(kept.departure == given.departure)
        #expect(kept.restraint == given.restraint)
        #expect(kept.lookupID == given.lookupID)
        #expect(kept.dueAt == now)
        #expect(kept.troubleSince == given.troubleSince)
        var changed = kept
        changed.state = .failed
        changed.dueAt = nil
        changed.reason = nil
        changed.troubles = 9
        let wanted = changed
        try await store.write { try $0.update(wanted) }
        #expect(try await store.read { try $0.part(wanted.sequence) } == wanted)
        #expect(try await store.read { try $0.countParts(of: wanted.delivery) } == [.failed: 1])
        try await store.write { try $0.removePart(wanted.sequence) }
        try await store.write { try $0.update(wanted) }
        #expect(try await store.read { try $0.part(wanted.sequence) } == nil)
    }

    @Test(
        "due parts are handed out by sender, the longest due first, and not twice",
        arguments: StoreUnderTest.allCases
    )
    func due(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        let (now, later) = (now, now + 30)
        try await store.write { session in
            for (delivery, sender, dueAt) in [
                ("d_1", "hr", now), ("d_2", "hr", now - 1), ("d_3", "other", now - 9), ("d_4", "hr", now + 0.001),
                ("d_5", "hr", nil),
            ] as [(String, String, Date?)] {
                try session.insert(
                    Sample.part(DeliveryID(delivery), sender: sender, state: .waiting, dueAt: dueAt)
                )
            }
        }
        #expect(try await store.read { try $0.hasDuePart(of: "hr", now: now) })
        let first = try await store.write { try $0.takeDueParts(of: "hr", now: now, again: later, limit: 1) }
        #expect(first.map(\.delivery.text) == ["d_2"])
        let rest = try await store.write { try $0.takeDueParts(of: "hr", now: now, again: later, limit: 9) }
        #expect(rest.map(\.delivery.text) == ["d_1"])
        #expect(try await store.read { try $0.hasDuePart(of: "hr", now: now) } == false)
        #expect(try await store.read { try $0.hasDuePart(of: "hr", now: later) })
    }

    @Test("notices are read from where a target stands", arguments: StoreUnderTest.allCases)
    func notices(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        let given = [
            Sample.notice(.held), Sample.notice(.skew, at: Sample.start + 1),
            Sample.notice(.held, at: Sample.start + 2),
        ]
        try await store.write { session in for notice in given { try session.insert(notice) } }
        #expect(try await store.read { try $0.notices(of: .held, after: 0, limit: 9) } == [given[0], given[2]])
        #expect(try await store.read { try $0.notices(of: .held, after: 1, limit: 9) } == [given[2]])
        let counted = try await store.read { try $0.countNotices(of: .held, after: 0) }
        #expect(counted == (2, 3))
        let none = try await store.read { try $0.countNotices(of: .attention, after: 7) }
        #expect(none == (0, 7))
        #expect(try await store.read { try $0.lastNotice(before: Sample.start + 2) } == 2)
        #expect(try await store.read { try $0.lastNotice(before: Sample.start) } == 0)
        let cursor = NoticeCursor(target: "ops", kind: .held, through: 3, quietUntil: now)
        try await store.write { try $0.save(cursor) }
        #expect(try await store.read { try $0.noticeCursor(of: "ops", .held) } == cursor)
        #expect(try await store.read { try $0.noticeCursor(of: "ops", .skew) } == nil)
    }

    @Test("a message is handed out when it is due, and comes back as it was kept", arguments: StoreUnderTest.allCases)
    func message(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        let (now, later) = (now, now + 30)
        let given = Sample.message("msg_1", [Sample.notice(.held)], dueAt: now)
        try await store.write { try $0.insert(given) }
        #expect(try await store.read { try $0.hasMessage(to: "ops", .held) })
        #expect(try await store.read { try $0.hasMessage(to: "ops", .skew) } == false)
        #expect(try await store.write { try $0.takeDueMessage(to: "chat", now: now, again: later) } == nil)
        #expect(try await store.write { try $0.takeDueMessage(to: "ops", now: now - 1, again: later) } == nil)
        #expect(try await store.write { try $0.takeDueMessage(to: "ops", now: now, again: later) } == given)
        #expect(try await store.write { try $0.takeDueMessage(to: "ops", now: now, again: later) } == nil)
        var changed = given
        changed.troubles = 5
        changed.dueAt = now + 1
        let back = changed
        try await store.write { try $0.update(back) }
        #expect(try await store.write { try $0.takeDueMessage(to: "ops", now: now + 1, again: later) } == back)
        try await store.write { try $0.removeMessage(back.id) }
        #expect(try await store.read { try $0.hasMessage(to: "ops", .held) } == false)
    }
}
