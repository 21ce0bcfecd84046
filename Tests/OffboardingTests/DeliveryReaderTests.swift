import Foundation
import Logging
import Storage
import Synchronization
import Testing

@testable import Offboarding

@Suite("Reading deliveries that cannot be read")
struct DeliveryReaderTests {
    /// A clock that moves when it is told to; whoever sleeps looks at it again and again.
    private final class ManualTime: TimeSource {
        private let start = ContinuousClock.now
        private let passed = Mutex(Duration.zero)

        func now() -> Date { Samples.start }
        func instant() -> ContinuousClock.Instant { start + passed.withLock { $0 } }

        func sleep(seconds: TimeInterval) async throws {
            try Task.checkCancellation()
            await Task.yield()
        }

        func pass(_ duration: Duration) { passed.withLock { $0 += duration } }
    }

    /// Reads what it is given; for the deliveries that are named it does not return before it is let go.
    private final class Stalling: DeliveryInterpreter {
        let time: ManualTime
        let stalls: Set<String>
        let gate = DispatchSemaphore(value: 0)
        let begun = Mutex(0)

        init(_ time: ManualTime, stalls: Set<String>) {
            self.time = time
            self.stalls = stalls
        }

        func interpret(_ delivery: Delivery) -> Interpretation {
            guard stalls.contains(delivery.id.text) else { return Interpretation(ignored: "a test") }
            begun.withLock { $0 += 1 }
            time.pass(DeliveryReader.bound)
            gate.wait()
            return Interpretation(ignored: "too late")
        }

        func letGo() { for _ in 0..<begun.withLock({ $0 }) { gate.signal() } }
    }

    /// The mark that a process leaves behind.
    private final class Memory: ReadingMark {
        let marks: Mutex<[ReadingPlace: DeliveryID]>
        let left: [DeliveryID]

        init(_ left: [DeliveryID] = []) {
            self.left = left
            marks = Mutex([.queue: left.first].compactMapValues { $0 })
        }

        func set(_ id: DeliveryID?, in place: ReadingPlace) { marks.withLock { $0[place] = id } }
        var isEmpty: Bool { marks.withLock { $0.isEmpty } }
    }

    private let shop: Workshop
    private let time = ManualTime()

    init() async throws {
        shop = try Workshop()
        for number in 1...6 {
            let delivery = Delivery(
                id: DeliveryID("d_\(number)"),
                sender: "hr",
                receivedAt: Samples.start,
                headers: [],
                body: [UInt8(number)],
                replayKey: ReplayKey(signedID: "e_\(number)", bodyDigest: Array(repeating: 0, count: 32)),
                secretName: nil
            )
            let incoming = IncomingDelivery(delivery: delivery, rememberedSince: .distantPast, onlyIfKnown: false)
            _ = try await withCheckedThrowingContinuation { continuation in
                shop.store.append(incoming) { continuation.resume(with: $0) }
            }
        }
    }

    private func reader(_ interpreter: any DeliveryInterpreter, _ mark: any ReadingMark = Memory()) -> DeliveryReader {
        var parts = shop.parts
        parts.interpreter = interpreter
        parts.mark = mark
        parts.time = time
        return DeliveryReader(parts: parts)
    }

    private func states() async throws -> [String: Delivery.State] {
        let all = try await shop.store.read { try $0.deliveries(limit: nil, after: nil) }
        return Dictionary(uniqueKeysWithValues: all.map { ($0.id.text, $0.state) })
    }

    private func notices() async throws -> [Notice] {
        try await shop.store.read { try $0.notices(of: .quarantined, after: 0, limit: 9) }
    }

    private func readAll(_ reader: DeliveryReader) async throws {
        while try await !shop.store.read({ try $0.acceptedDeliveries(limit: 1) }).isEmpty {
            _ = try await reader.readSome(limit: 9)
        }
    }

    @Test("a reading that does not end is left behind, the others go on, and after three tries it is set aside")
    func stalls() async throws {
        let interpreter = Stalling(time, stalls: ["d_3"])
        let mark = Memory()
        let reader = reader(interpreter, mark)
        try await readAll(reader)
        #expect(try await states().filter { $0.value != .ignored } == ["d_3": .accepted])
        #expect(try await shop.store.read { try $0.suspects(limit: 9) }.map(\.tries) == [1])
        #expect(try await reader.readSuspect())
        #expect(try await notices().isEmpty)
        #expect(try await reader.readSuspect())
        #expect(try await states()["d_3"] == .quarantined)
        #expect(try await notices().map(\.delivery?.text) == ["d_3"])
        #expect(try await reader.readSuspect() == false)
        #expect(mark.isEmpty)
        interpreter.letGo()
        try await shop.close()
    }

    @Test("what ended three processes is set aside, and what they left unread is read before it")
    func crashes() async throws {
        let poison = DeliveryID("d_2")
        let interpreter = Stalling(time, stalls: [])
        let first = reader(interpreter, Memory([poison]))
        try await first.takeOver()
        try await readAll(first)
        #expect(try await states().filter { $0.value != .ignored } == ["d_2": .accepted])
        try await reader(interpreter, Memory([poison])).takeOver()
        let last = Memory([poison])
        try await reader(interpreter, last).takeOver()
        #expect(last.isEmpty)
        #expect(try await states()["d_2"] == .quarantined)
        #expect(try await notices().map(\.reason) == ["set aside after 3 tries: reading it ended the process"])
        // Whoever dies before the mark is taken away blames it once more, which changes nothing.
        try await reader(interpreter, Memory([poison, DeliveryID("d_none")])).takeOver()
        #expect(try await notices().count == 1)
        try await shop.close()
    }

    @Test("a suspect that can be read after all is settled and no suspect any more")
    func innocent() async throws {
        let reader = reader(Stalling(time, stalls: []), Memory([DeliveryID("d_2")]))
        try await reader.takeOver()
        #expect(try await reader.readSuspect())
        #expect(try await states()["d_2"] == .ignored)
        #expect(try await reader.readSuspect() == false)
        try await shop.close()
    }

    @Test("a stop while a delivery is read is no try")
    func stopped() async throws {
        let interpreter = Stalling(ManualTime(), stalls: ["d_1"])
        let mark = Memory()
        let reader = reader(interpreter, mark)
        let reading = Task { try await reader.readSome(limit: 9) }
        while interpreter.begun.withLock({ $0 }) == 0 { await Task.yield() }
        reading.cancel()
        await #expect(throws: CancellationError.self) { try await reading.value }
        #expect(mark.isEmpty)
        #expect(try await shop.store.read { try $0.suspects(limit: 9) }.isEmpty)
        interpreter.letGo()
        try await shop.close()
    }

    @Test("more readings that do not end than can be borne end the process, with every try on record")
    func tooMany() async throws {
        let interpreter = Stalling(time, stalls: ["d_1", "d_2", "d_3", "d_4", "d_5"])
        let reader = reader(interpreter)
        for _ in 0..<DeliveryReader.mostLeftBehind { _ = try await reader.readSome(limit: 9) }
        await #expect(throws: ReadingsLeftBehind(count: 5)) { try await reader.readSome(limit: 9) }
        #expect(try await shop.store.read { try $0.suspects(limit: 9) }.map(\.tries) == [1, 1, 1, 1, 1])
        interpreter.letGo()
        try await shop.close()
    }

    @Test("a quarantined delivery is settled by resolve, or read again when a person says so")
    func persons() async throws {
        for _ in 0..<DeliveryReader.mostTries {
            let left = ["d_1", "d_2"].map { DeliveryID($0) }
            try await reader(Stalling(time, stalls: []), Memory(left)).takeOver()
        }
        let desk = DeliveryDesk(store: shop.store, time: shop.time, policy: shop.parts.policy)
        let resolution = try await desk.resolve(DeliveryID("d_1"), try EmailAddress(Samples.avery), by: "dana")
        #expect(resolution.cases.count == 1)
        #expect(try await states()["d_1"] == .interpreted)
        try await desk.retry(DeliveryID("d_2"), by: "dana")
        #expect(try await states()["d_2"] == .accepted)
        try await readAll(reader(Stalling(time, stalls: [])))
        #expect(try await states()["d_2"] == .ignored)
        await #expect(throws: DeliveryDeskError.notQuarantined(DeliveryID("d_2"), .ignored)) {
            try await desk.retry(DeliveryID("d_2"), by: "dana")
        }
        try await shop.close()
    }
}
