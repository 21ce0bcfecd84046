import Foundation
import Offboarding
import Storage
import Testing

@Suite("A store's failed readings")
struct FailedReadingSuite {
    @Test("a delivery whose reading failed is a suspect until it is forgotten", arguments: StoreUnderTest.allCases)
    func suspects(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        for id in ["d_1", "d_2", "d_3"] { try await store.append(Sample.delivery(id, body: id)) }
        let tries = try await store.write { session in
            try ["d_2", "d_3", "d_2"].enumerated().map { place, id in
                let now = Sample.after(milliseconds: place)
                return try session.noteFailedReading(of: DeliveryID(id), at: now)?.tries
            }
        }
        #expect(tries == [1, 1, 2])
        let (unread, whole, suspects) = try await store.read { session in
            (
                try session.unreadDeliveries(limit: 9), try session.acceptedDeliveries(limit: 9).map(\.id),
                try session.suspects(limit: 9)
            )
        }
        #expect(unread.map(\.text) == ["d_1"])
        #expect(whole == unread)
        #expect(
            suspects == [
                Suspect(delivery: DeliveryID("d_3"), sender: "hr", tries: 1, isRepetition: false),
                Suspect(delivery: DeliveryID("d_2"), sender: "hr", tries: 2, isRepetition: false),
            ]
        )
        try await store.write { try $0.forgetFailedReadings(of: DeliveryID("d_2")) }
        #expect(try await store.read { try $0.unreadDeliveries(limit: 9) }.map(\.text) == ["d_1", "d_2"])
    }

    @Test("what does not wait to be read is no suspect", arguments: StoreUnderTest.allCases)
    func settled(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        try await store.append(Sample.delivery("d_1"))
        let id = DeliveryID("d_1")
        try await store.write { try $0.settle(id, as: .accepted, reason: "a lookup is awaited") }
        for id in [id, DeliveryID("d_9")] {
            #expect(try await store.write { try $0.noteFailedReading(of: id, at: Sample.start) } == nil)
        }
        try await store.write { try $0.putBack(id) }
        #expect(try await store.write { try $0.noteFailedReading(of: id, at: Sample.start) }?.tries == 1)
    }

    @Test("a repetition that waits can be a suspect, too, until it is taken", arguments: StoreUnderTest.allCases)
    func repetition(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        let id = DeliveryID("d_1")
        try await store.append(Sample.delivery("d_1"))
        try await store.write { try $0.settle(id, as: .interpreted, reason: nil) }
        try await store.append(Sample.delivery("d_x", at: Sample.start + 2 * Sample.day))
        #expect(try await store.write { try $0.noteFailedReading(of: id, at: Sample.start) }?.isRepetition == true)
        #expect(try await store.read { try $0.repeatedDeliveries(limit: 9) }.isEmpty)
        #expect(try await store.read { try $0.suspects(limit: 9) }.map(\.delivery) == [id])
        #expect(try await store.write { try $0.takeRepetition(of: id) })
        #expect(try await store.read { try $0.suspects(limit: 9) }.isEmpty)
    }

    @Test("the mark tells the next process what was being read, and nothing where nothing was")
    func mark() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("offboard.sqlite")
        func left() throws -> [String] { try ReadingMarkFile(store: path).left.map(\.text) }
        #expect(try left() == [])
        let long = DeliveryID.make(at: Sample.start)
        try ReadingMarkFile(store: path).set(long, in: .suspects)
        #expect(try left() == [long.text])
        try ReadingMarkFile(store: path).set(DeliveryID("d_2"), in: .queue)
        #expect(try left() == ["d_2", long.text])
        for place in ReadingPlace.allCases { try ReadingMarkFile(store: path).set(nil, in: place) }
        #expect(try left() == [])
        let mode = try FileManager.default.attributesOfItem(atPath: path + ".reading")[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }
}
