import Foundation
import Logging
import Storage
import Testing

@testable import Offboarding

@Suite("What is kept, for how long, and what a person can have erased")
struct RetentionTests {
    private let day: TimeInterval = 86_400
    /// Small, so that a few cases are more than one.
    private static let lot = 5

    private func janitor(_ shop: Workshop, _ policy: RetentionPolicy = RetentionPolicy()) -> Janitor {
        Janitor(
            store: shop.store,
            policy: policy,
            inOneTransaction: Self.lot,
            time: shop.time,
            logger: Logger(label: "janitor") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    /// Stores a delivery, has it say that somebody left, and works the case.
    private func deliver(_ id: String, _ email: String, to shop: Workshop) async throws -> Case {
        let now = shop.time.now()
        let delivery = Delivery(
            id: DeliveryID(id),
            sender: "hr",
            receivedAt: now,
            headers: [Delivery.Header(name: "webhook-id", value: id)],
            body: Array(email.utf8),
            replayKey: ReplayKey(signedID: nil, bodyDigest: Array(id.utf8)),
            secretName: nil
        )
        try await append(delivery, to: shop)
        let departure = Departure(kind: .departed, email: try EmailAddress(email))
        let policy = shop.parts.policy
        let cases = try await shop.store.write { session in
            try session.settle(delivery.id, as: .interpreted, reason: nil)
            return try CaseLedger(session: session, now: now, policy: policy)
                .record(departure, sender: "hr", delivery: delivery.id, receivedAt: now)
        }
        return try await shop.engine.work(cases[0])
    }

    private func append(_ delivery: Delivery, to shop: Workshop) async throws {
        let incoming = IncomingDelivery(delivery: delivery, rememberedSince: .distantPast, onlyIfKnown: false)
        _ = try await withCheckedThrowingContinuation { continuation in
            shop.store.append(incoming) { continuation.resume(with: $0) }
        }
    }

    private func body(_ id: String, in shop: Workshop) async throws -> [UInt8]? {
        try await shop.store.read { session in
            try session.delivery(DeliveryID(id)).flatMap { $0.isBodyKept ? $0.body : nil }
        }
    }

    @Test("bodies go first, cases and deliveries later, and nothing before its time")
    func ages() async throws {
        let shop = try Workshop()
        let done = try await deliver("d_1", Samples.avery, to: shop)
        #expect(done.result == .removed)
        shop.time.pass(30 * day - 60)
        #expect(try await janitor(shop).clean() == AgedOut())
        shop.time.pass(61)
        #expect(try await janitor(shop).clean() == AgedOut(bodies: 1))
        #expect(try await body("d_1", in: shop) == nil)
        #expect(try await shop.current(done.id) != nil)
        shop.time.pass(370 * day)
        #expect(try await janitor(shop).clean().cases == 0, "the person is looked for until a sweep ends that")
        _ = try await Sweeper(parts: shop.parts, policy: SweepPolicy()).sweep()
        let gone = try await janitor(shop).clean()
        #expect(gone.cases == 1)
        #expect(gone.deliveries == 1)
        #expect(try await shop.current(done.id) == nil)
        let avery = try EmailAddress(Samples.avery)
        #expect(try await PersonDesk(store: shop.store).file(of: avery).isEmpty)
        try await shop.close()
    }

    @Test("what is open stays however old it is")
    func open() async throws {
        let shop = try Workshop(policy: Policy(mode: .enforce, approval: .always))
        let held = try await deliver("d_1", Samples.avery, to: shop)
        #expect(held.state == .held)
        let unread = Delivery(
            id: DeliveryID("d_2"),
            sender: "hr",
            receivedAt: shop.time.now(),
            headers: [],
            body: Array("unread".utf8),
            replayKey: ReplayKey(signedID: nil, bodyDigest: [2]),
            secretName: nil
        )
        try await append(unread, to: shop)
        shop.time.pass(2000 * day)
        let gone = try await janitor(shop).clean()
        #expect((gone.cases, gone.deliveries) == (0, 0))
        #expect(try await shop.current(held.id)?.state == .held)
        #expect(try await shop.store.read { try $0.statements(about: held.emails) }.count == 1)
        #expect(try await body("d_2", in: shop) == Array("unread".utf8))
        try await shop.close()
    }

    @Test("a delivery that comes again after its body went is read again from the new one (rule 14)")
    func repeated() async throws {
        let shop = try Workshop()
        _ = try await deliver("d_1", Samples.avery, to: shop)
        shop.time.pass(31 * day)
        try await janitor(shop).clean()
        let again = Delivery(
            id: DeliveryID("d_2"),
            sender: "hr",
            receivedAt: shop.time.now(),
            headers: [],
            body: Array(Samples.avery.utf8),
            replayKey: ReplayKey(signedID: nil, bodyDigest: Array("d_1".utf8)),
            secretName: nil
        )
        try await append(again, to: shop)
        let waiting = try await shop.store.read { try $0.repeatedDeliveries(limit: 10) }
        #expect(waiting.map(\.id.text) == ["d_1"])
        #expect(waiting.first?.body == again.body)
        try await shop.close()
    }

    @Test("old cases go in lots, and the new ones stay")
    func lots() async throws {
        let shop = try Workshop(policy: Policy(mode: .enforce, limits: [], fractionOfOrganization: 1))
        for number in 0..<(Self.lot * 2 + 2) {
            _ = try await deliver("d_\(1000 + number)", "stranger\(number)@example.com", to: shop)
        }
        shop.time.pass(401 * day)
        let young = try await deliver("d_9999", Samples.avery, to: shop)
        _ = try await Sweeper(parts: shop.parts, policy: SweepPolicy()).sweep()
        let gone = try await janitor(shop).clean()
        #expect(gone.cases == Self.lot * 2 + 2)
        // Identifiers of one millisecond have no order while other tests draw some, so that a delivery of the first lot's
        // cases may be of the second lot of bodies, and take its body along.
        #expect((1...gone.cases).contains(gone.bodies))
        #expect(gone.deliveries == gone.cases)
        #expect(try await shop.current(young.id)?.result == .removed)
        #expect(try await body("d_9999", in: shop) != nil)
        try await shop.close()
    }

    @Test("a person's file holds what is kept of them under every email of theirs, and of nobody else")
    func file() async throws {
        let shop = try Workshop()
        _ = try await deliver("d_1", Samples.avery, to: shop)
        _ = try await deliver("d_2", "person2@example.com", to: shop)
        _ = try await shop.record(.departed, Samples.avery, aliases: ["avery.ng@example.com"])
        let file = try await PersonDesk(store: shop.store).file(of: try EmailAddress("avery.ng@example.com"))
        #expect(file.emails.map(\.text) == ["avery.ng@example.com", Samples.avery])
        #expect(file.cases.count == 2)
        #expect(file.deliveries.map(\.id.text) == ["d_1"])
        #expect(file.sightings.map(\.sighting.membership.user.text) == ["u1"])
        try await shop.close()
    }

    @Test("what is erased is in none of the store's files, and the others stay; what is open must end first")
    func erase() async throws {
        let shop = try Workshop()
        let desk = PersonDesk(store: shop.store)
        let avery = try EmailAddress(Samples.avery)
        let mine = try await deliver("d_1", Samples.avery, to: shop)
        let other = try await deliver("d_2", "person2@example.com", to: shop)
        shop.vultr[0].change { $0.members["o1"]?["u1"] = nil }
        let open = try await shop.record()[0]
        await #expect(throws: PersonDeskError.open(open)) { try await desk.erase(avery, by: "dana") }
        try await shop.desk.cancel(open, by: "dana")
        let erased = try await desk.erase(avery, by: "dana")
        #expect(erased.cases.count == 2)
        #expect(try await desk.file(of: avery).isEmpty)
        #expect(try await shop.current(mine.id) == nil)
        #expect(try await shop.current(other.id) != nil)
        for name in try FileManager.default.contentsOfDirectory(atPath: shop.folder.path) {
            let bytes = try Data(contentsOf: shop.folder.appending(path: name))
            #expect(bytes.range(of: Data("avery.stone".utf8)) == nil, "\(name)")
        }
        try await append(
            Delivery(
                id: DeliveryID("d_3"),
                sender: "hr",
                receivedAt: shop.time.now(),
                headers: [],
                body: [],
                replayKey: ReplayKey(signedID: nil, bodyDigest: Array("d_1".utf8)),
                secretName: nil
            ),
            to: shop
        )
        #expect(try await shop.store.read { try $0.delivery(DeliveryID("d_3")) } == nil, "it is known as repeated")
        try await shop.close()
    }
}
