import Foundation
import Logging
import Storage
import Synchronization
import Testing

@testable import Offboarding

@Suite("Lookups")
struct LookupWorkerTests {
    /// Answers as told.
    private final class Directory: PersonLookup {
        let answers = Mutex<[Result<EmailAddress, LookupTrouble>]>([])
        let asked = Mutex<[String]>([])
        let senders = ["hr"]

        func email(of id: String, sender: String) async throws(LookupTrouble) -> EmailAddress {
            asked.withLock { $0.append(id) }
            let next = answers.withLock { $0.isEmpty ? nil : $0.removeFirst() }
            guard let next else { throw LookupTrouble("nothing was told", passes: true) }
            return try next.get()
        }
    }

    /// A store in memory's stead, a directory and what asks it.
    private struct Bench {
        let shop: Workshop
        let directory = Directory()
        let worker: LookupWorker

        init() throws {
            shop = try Workshop()
            worker = LookupWorker(
                store: shop.store,
                lookup: directory,
                retry: RetryPolicy(),
                policy: shop.parts.policy,
                time: shop.time,
                logger: Logger(label: "lookups") { _ in SwiftLogNoOpLogHandler() }
            )
        }

        /// Has a delivery read that says so.
        func read(_ interpretation: Interpretation, id: String = "d_1") async throws {
            let delivery = Delivery(
                id: DeliveryID(id),
                sender: "hr",
                receivedAt: shop.time.now(),
                headers: [],
                body: Array(id.utf8),
                replayKey: ReplayKey(signedID: id, bodyDigest: Array(repeating: 0, count: 32)),
                secretName: nil
            )
            let incoming = IncomingDelivery(delivery: delivery, rememberedSince: .distantPast, onlyIfKnown: false)
            _ = try await withCheckedThrowingContinuation { continuation in
                shop.store.append(incoming) { continuation.resume(with: $0) }
            }
            try await DeliveryReading(parts: shop.parts).record([(delivery, interpretation)])
        }

        func delivery(_ id: String = "d_1") async throws -> Delivery? {
            try await shop.store.read { try $0.delivery(DeliveryID(id)) }
        }

        func cases() async throws -> [Case] {
            try await shop.store.read { try $0.cases(matching: CaseFilter()) }
        }

        func notices() async throws -> [Notice] {
            try await shop.store.read { try $0.notices(of: .unresolved, after: 0, limit: 99) }
        }
    }

    private func lookup(_ id: String, kind: Departure.Kind = .departed) -> Lookup {
        Lookup(id: id, departure: UnnamedDeparture(kind: kind))
    }

    @Test("a delivery stays accepted, and is not read again, until its lookup has answered")
    func answered() async throws {
        let bench = try Bench()
        try await bench.read(Interpretation(unresolvedParts: [], lookups: [lookup("E-1")]))
        #expect(try await bench.delivery()?.state == .accepted)
        #expect(try await bench.shop.store.read { try $0.acceptedDeliveries(limit: 9) } == [])
        let email = try EmailAddress(Samples.avery)
        bench.directory.answers.withLock { $0 = [.success(email)] }
        #expect(await bench.worker.askNext(of: "hr"))
        #expect(try await bench.delivery()?.state == .interpreted)
        #expect(try await bench.cases().map(\.email) == [email])
        #expect(await bench.worker.askNext(of: "hr") == false)
        try await bench.shop.close()
    }

    @Test("trouble that may pass is waited out with growing pauses, and told once it has lasted")
    func trouble() async throws {
        let bench = try Bench()
        try await bench.read(Interpretation(unresolvedParts: [], lookups: [lookup("E-1")]))
        var asked = 0
        var states: [Delivery.State] = []
        for _ in 0..<40 {
            while await bench.worker.askNext(of: "hr") == false { bench.shop.time.pass(1) }
            asked += 1
            states.append(try #require(try await bench.delivery()?.state))
        }
        #expect(states.first == .accepted)
        #expect(states.last == .unresolved)
        #expect(try await bench.notices().count == 1)
        // Forty tries at the ceiling take hours; a pause that did not grow would have asked within minutes.
        #expect(bench.shop.time.now().timeIntervalSince(Samples.start) > 6 * 3600)
        let email = try EmailAddress(Samples.avery)
        bench.directory.answers.withLock { $0 = [.success(email)] }
        bench.shop.time.pass(900)
        #expect(await bench.worker.askNext(of: "hr"))
        #expect(try await bench.delivery()?.state == .interpreted)
        try await bench.shop.close()
    }

    @Test("a part that its worker never came back from is asked for again")
    func lostWorker() async throws {
        let bench = try Bench()
        try await bench.read(Interpretation(unresolvedParts: [], lookups: [lookup("E-1")]))
        let now = bench.shop.time.now()
        let taken = try await bench.shop.store.write { session in
            try session.takeDueParts(of: "hr", now: now, again: now.addingTimeInterval(LookupWorker.lease), limit: 9)
        }
        #expect(taken.count == 1)
        #expect(await bench.worker.askNext(of: "hr") == false)
        bench.shop.time.pass(LookupWorker.lease)
        #expect(await bench.worker.askNext(of: "hr"))
        try await bench.shop.close()
    }

    @Test("what cannot be answered is unresolved and told, and the others go on")
    func failed() async throws {
        let bench = try Bench()
        let departure = Departure(kind: .departed, email: try EmailAddress("sam.river@example.com"))
        try await bench.read(
            Interpretation(departures: [departure], unresolvedParts: [], lookups: [lookup("E-1"), lookup("E-2")])
        )
        #expect(try await bench.cases().count == 1)
        let email = try EmailAddress(Samples.avery)
        bench.directory.answers.withLock { $0 = [.failure(LookupTrouble("404", passes: false)), .success(email)] }
        #expect(await bench.worker.askNext(of: "hr"))
        #expect(try await bench.delivery()?.state == .unresolved)
        #expect(try await bench.notices().map(\.reason) == ["404"])
        #expect(await bench.worker.askNext(of: "hr"))
        #expect(try await bench.delivery()?.state == .unresolved)
        #expect(try await bench.cases().count == 2)
        #expect(try await bench.notices().count == 1)
        #expect(bench.directory.asked.withLock { $0 } == ["E-1", "E-2"])
        try await bench.shop.close()
    }

    @Test("a resolved part is gone, and its lookup's late answer changes nothing")
    func resolved() async throws {
        let bench = try Bench()
        let desk = DeliveryDesk(store: bench.shop.store, time: bench.shop.time, policy: bench.shop.parts.policy)
        let email = try EmailAddress(Samples.avery)
        let id = DeliveryID("d_1")
        try await bench.read(Interpretation(unresolvedParts: [], lookups: [lookup("E-1", kind: .reinstated)]))
        await #expect(throws: DeliveryDeskError.notUnresolved(id, .accepted)) {
            try await desk.resolve(id, email, by: "dana")
        }
        bench.directory.answers.withLock { $0 = [.failure(LookupTrouble("404", passes: false))] }
        #expect(await bench.worker.askNext(of: "hr"))
        // The person is back: nobody is to be removed because somebody was named.
        let resolution = try await desk.resolve(id, email, by: "dana")
        #expect(resolution.cases == [])
        #expect(resolution.state == .interpreted)
        #expect(try await bench.delivery()?.reason == "resolved by dana")
        await #expect(throws: DeliveryDeskError.notUnresolved(id, .interpreted)) {
            try await desk.resolve(id, email, by: "dana")
        }
        await #expect(throws: DeliveryDeskError.unknownDelivery(DeliveryID("d_9"))) {
            try await desk.resolve(DeliveryID("d_9"), email, by: "dana")
        }
        try await bench.shop.close()
    }
}
