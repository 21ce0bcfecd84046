import Foundation
import Offboarding
import Testing

@Suite("A store's deliveries")
struct DeliverySuite {
    @Test("a delivery comes back byte for byte", arguments: StoreUnderTest.allCases)
    func roundTrip(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        let given = Delivery(
            id: DeliveryID("d_1"),
            sender: "hr",
            receivedAt: Sample.start.addingTimeInterval(0.123).wholeMilliseconds,
            headers: Sample.delivery("x").headers,
            body: Array(0...255),
            replayKey: ReplayKey(signedID: "evt_1", bodyDigest: Array(repeating: 0, count: 32)),
            secretName: nil
        )
        #expect(try await store.append(given) == .accepted(given.id, reusedID: false))
        #expect(try await store.read { try $0.delivery(DeliveryID("d_1")) } == given)
        #expect(try await store.read { try $0.delivery(DeliveryID("d_2")) } == nil)
    }

    @Test("the same signed id and body is a duplicate of the first", arguments: StoreUnderTest.allCases)
    func duplicateByID(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        try await store.append(Sample.delivery("d_1", signedID: "evt_1"))
        let again = Sample.delivery("d_2", at: Sample.start + 60, signedID: "evt_1")
        #expect(try await store.append(again) == .duplicate(of: DeliveryID("d_1")))
        #expect(try await store.read { try $0.delivery(DeliveryID("d_2")) } == nil)
    }

    @Test("without a signed id the body's digest tells duplicates", arguments: StoreUnderTest.allCases)
    func duplicateByDigest(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        try await store.append(Sample.delivery("d_1"))
        #expect(try await store.append(Sample.delivery("d_2")) == .duplicate(of: DeliveryID("d_1")))
        let other = Sample.delivery("d_3", body: "another")
        #expect(try await store.append(other) == .accepted(other.id, reusedID: false))
    }

    @Test("a delivery with a signed id is no duplicate of one without", arguments: StoreUnderTest.allCases)
    func signedAndUnsigned(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        try await store.append(Sample.delivery("d_1"))
        let signed = Sample.delivery("d_2", signedID: "evt_1")
        #expect(try await store.append(signed) == .accepted(signed.id, reusedID: false))
    }

    @Test("senders do not share replay keys", arguments: StoreUnderTest.allCases)
    func senders(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        try await store.append(Sample.delivery("d_1", signedID: "evt_1"))
        let other = Sample.delivery("d_2", sender: "chat", signedID: "evt_1")
        #expect(try await store.append(other) == .accepted(other.id, reusedID: false))
    }

    @Test("a known signed id with another body is new, and said to be reused", arguments: StoreUnderTest.allCases)
    func reused(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        try await store.append(Sample.delivery("d_1", signedID: "evt_1"))
        let other = Sample.delivery("d_2", signedID: "evt_1", body: "another")
        #expect(try await store.append(other) == .accepted(other.id, reusedID: true))
        let again = Sample.delivery("d_3", signedID: "evt_1", body: "another")
        #expect(try await store.append(again) == .duplicate(of: other.id))
    }

    @Test("a signed id is compared to its last byte, a NUL included", arguments: StoreUnderTest.allCases)
    func nul(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        try await store.append(Sample.delivery("d_1", signedID: "evt\u{0}1"))
        let other = Sample.delivery("d_2", signedID: "evt\u{0}2")
        #expect(try await store.append(other) == .accepted(other.id, reusedID: false))
        #expect(try await store.read { try $0.delivery(other.id) }?.replayKey.signedID == "evt\u{0}2")
    }

    @Test("only recognizing never stores", arguments: StoreUnderTest.allCases)
    func onlyIfKnown(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        let stale = Sample.delivery("d_1", signedID: "evt_1")
        #expect(try await store.append(Sample.incoming(stale, onlyIfKnown: true)) == .unknown)
        #expect(try await store.read { try $0.deliveries(limit: nil, after: nil) }.isEmpty)
        try await store.append(stale)
        let again = Sample.delivery("d_2", signedID: "evt_1")
        #expect(try await store.append(Sample.incoming(again, onlyIfKnown: true)) == .duplicate(of: stale.id))
    }

    @Test("a key that is no longer remembered counts as new", arguments: StoreUnderTest.allCases)
    func expiry(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        try await store.append(Sample.delivery("d_1", signedID: "evt_1"))
        let late = Sample.delivery("d_2", at: Sample.start + 10, signedID: "evt_1")
        let remembered = Sample.incoming(late, since: Sample.start)
        #expect(try await store.append(remembered) == .duplicate(of: DeliveryID("d_1")))
        let forgotten = Sample.incoming(late, since: Sample.start + 0.001)
        #expect(try await store.append(forgotten) == .accepted(late.id, reusedID: false))
        let later = Sample.delivery("d_3", at: Sample.start + 20, signedID: "evt_1")
        #expect(try await store.append(Sample.incoming(later)) == .duplicate(of: late.id))
    }

    @Test("accepted deliveries come oldest first until they are settled", arguments: StoreUnderTest.allCases)
    func settle(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        // The ids say otherwise on purpose: what arrived first is first.
        for id in ["d_3", "d_1", "d_2"] { try await store.append(Sample.delivery(id, body: id)) }
        #expect(try await store.read { try $0.acceptedDeliveries(limit: 2) }.map(\.id.text) == ["d_3", "d_1"])
        try await store.write { try $0.settle(DeliveryID("d_3"), as: .ignored, reason: "nobody left") }
        #expect(try await store.read { try $0.acceptedDeliveries(limit: 9) }.map(\.id.text) == ["d_1", "d_2"])
        let settled = try await store.read { try $0.delivery(DeliveryID("d_3")) }
        #expect(settled?.state == .ignored)
        #expect(settled?.reason == "nobody left")
        await #expect(throws: (any Error).self) {
            try await store.write { try $0.settle(DeliveryID("d_9"), as: .ignored, reason: nil) }
        }
    }

    @Test("what is not read yet is told from what is", arguments: StoreUnderTest.allCases)
    func unread(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        let ids = ["d_1", "d_2", "d_3"].map { DeliveryID($0) }
        for id in ids { try await store.append(Sample.delivery(id.text, body: id.text)) }
        try await store.write { try $0.settle(ids[0], as: .interpreted, reason: nil) }
        #expect(try await store.read { try $0.unread(among: ids + [DeliveryID("d_9")]) } == Set(ids[1...]))
        try await store.write { try $0.settle(ids[1], as: .accepted, reason: nil) }
        #expect(try await store.read { try $0.unread(among: ids) } == [ids[2]])
        #expect(try await store.read { try $0.unread(among: []) }.isEmpty)
    }

    @Test("the list is newest first, page by page, with cases", arguments: StoreUnderTest.allCases)
    func list(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        for id in ["d_1", "d_2", "d_3"] { try await store.append(Sample.delivery(id, body: id)) }
        let departure = Departure(kind: .departed, email: try Sample.email("avery"))
        try await store.write { session in
            for id in ["c_2", "c_1", "c_2"] {
                try session.insert(
                    Statement(
                        departure: departure,
                        sender: "hr",
                        delivery: DeliveryID("d_2"),
                        receivedAt: Sample.start,
                        caseID: CaseID(id)
                    )
                )
            }
        }
        let all = try await store.read { try $0.deliveries(limit: nil, after: nil) }
        #expect(all.map(\.id.text) == ["d_3", "d_2", "d_1"])
        #expect(all[1].cases == [CaseID("c_2"), CaseID("c_1")])
        #expect(all[0].cases.isEmpty)
        let first = try await store.read { try $0.deliveries(limit: 1, after: nil) }
        #expect(first == [all[0]])
        #expect(try await store.read { try $0.deliveries(limit: 9, after: DeliveryID("d_3")) } == Array(all[1...]))
    }

    @Test(
        "rule 14: a repetition by digest after a day is handed out once, at most once a day",
        arguments: StoreUnderTest.allCases
    )
    func repeated(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        let first = Sample.delivery("d_1")
        try await store.append(first)
        func repeating(after seconds: TimeInterval, taking: Bool = true) async throws -> [DeliveryID] {
            let again = Sample.delivery("d_x", at: Sample.start + seconds)
            #expect(try await store.append(again) == .duplicate(of: first.id))
            guard taking else { return [] }
            return try await store.write { session in
                let waiting = try session.repeatedDeliveries(limit: 9).map(\.id)
                return try waiting.filter { try session.takeRepetition(of: $0) && !session.takeRepetition(of: $0) }
            }
        }
        #expect(try await repeating(after: Sample.day) == [])
        #expect(try await repeating(after: Sample.day + 1, taking: false) == [])
        #expect(try await repeating(after: Sample.day + 2) == [first.id])
        #expect(try await repeating(after: Sample.day + 3) == [])
        #expect(try await repeating(after: 2 * Sample.day) == [])
        #expect(try await repeating(after: 2 * Sample.day + 1) == [first.id])
    }

    @Test("a repetition with a signed id is no news", arguments: StoreUnderTest.allCases)
    func repeatedByID(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        try await store.append(Sample.delivery("d_1", signedID: "evt_1"))
        try await store.append(Sample.delivery("d_2", at: Sample.start + 9 * Sample.day, signedID: "evt_1"))
        #expect(try await store.read { try $0.repeatedDeliveries(limit: 9) }.isEmpty)
    }
}
