import Foundation
import Logging
import Synchronization

/// Has deliveries read so that none of them keeps the others from being read.
///
/// A reading may end the process, never end, or fail each time. Each of these counts as a try, durably; a delivery with a
/// try is read alone and beside the others, and one with ``mostTries`` is quarantined: it waits for a person.
final class DeliveryReader: Sendable {
    /// After so many tries a delivery is set aside. One can be an accident, such as the end of the machine's memory; two
    /// may be, on a machine that is in trouble for longer.
    static let mostTries = 3
    /// How long the reading of one delivery may take. Parsers and paths have bounds of their own, which are meant to end a
    /// reading far sooner.
    static let bound = Duration.seconds(10)
    /// Threads that may be left behind. Beyond them the process ends, because only that gets rid of them.
    static let mostLeftBehind = 4

    private let parts: EngineParts
    private let leftBehind = Atomic<Int>(0)

    init(parts: EngineParts) { self.parts = parts }

    /// Blames what the process before this one was reading when it ended.
    ///
    /// - Throws: `StoreError`; then the mark is still there.
    func takeOver() async throws {
        for id in parts.mark.left { try await note(.endedTheProcess, of: id) }
        for place in ReadingPlace.allCases { parts.mark.set(nil, in: place) }
    }

    /// Reads some deliveries that are no suspects.
    ///
    /// - Returns: whether there may be more.
    /// - Throws: `StoreError`; ``ReadingsLeftBehind``; `CancellationError`.
    func readSome(limit: Int) async throws -> Bool {
        let accepted: [Delivery]
        do {
            accepted = try await parts.store.read { try $0.acceptedDeliveries(limit: limit) }
        } catch let error where Self.isOfDelivery(error) {
            return try await singleOut(limit: limit)
        }
        if !accepted.isEmpty {
            try await read(accepted, in: .queue) { try await DeliveryReading(parts: self.parts).record($0) }
        }
        let repeated = try await parts.store.read { try $0.repeatedDeliveries(limit: limit) }
        if !repeated.isEmpty {
            try await read(repeated, in: .queue) { try await DeliveryReading(parts: self.parts).recordRepeated($0) }
        }
        return accepted.count == limit || repeated.count == limit
    }

    /// Reads one delivery whose reading failed before.
    ///
    /// - Returns: whether there was one.
    /// - Throws: as ``readSome(limit:)``.
    func readSuspect() async throws -> Bool {
        guard let suspect = try await parts.store.read({ try $0.suspects(limit: 1) }).first else { return false }
        guard let delivery = try await whole(suspect.delivery) else { return true }
        try await read([delivery], in: .suspects) { pairs in
            let reading = DeliveryReading(parts: self.parts, place: .suspects)
            if suspect.isRepetition { try await reading.recordRepeated(pairs) } else { try await reading.record(pairs) }
        }
        return true
    }

    /// Where some delivery's bytes cannot be had, asks for one after the other, so that only that one is blamed.
    private func singleOut(limit: Int) async throws -> Bool {
        for id in try await parts.store.read({ try $0.unreadDeliveries(limit: limit) }) {
            guard let delivery = try await whole(id) else { continue }
            try await read([delivery], in: .queue) { try await DeliveryReading(parts: self.parts).record($0) }
        }
        return true
    }

    /// A delivery with its bytes; `nil` where they cannot be had, which is a try.
    private func whole(_ id: DeliveryID) async throws -> Delivery? {
        do {
            return try await parts.store.read { try $0.delivery(id) }
        } catch let error where Self.isOfDelivery(error) {
            try await note(.failed, of: id)
            return nil
        }
    }

    private func read(
        _ deliveries: [Delivery],
        in place: ReadingPlace,
        record: @escaping @Sendable ([(Delivery, Interpretation)]) async throws -> Void
    ) async throws {
        let thread = ReadingThread(deliveries, in: place, parts: parts, bound: Self.bound) {
            self.leftBehind.subtract(1, ordering: .relaxed)
        }
        switch await thread.run() {
        case .cancelled: throw CancellationError()
        case .read(let interpretations): try await keep(Array(zip(deliveries, interpretations)), by: record)
        case .stalled(let interpretations):
            let count = leftBehind.add(1, ordering: .relaxed).newValue
            try await note(.didNotEnd, of: deliveries[interpretations.count].id)
            parts.mark.set(nil, in: place)
            try await keep(Array(zip(deliveries, interpretations)), by: record)
            if count > Self.mostLeftBehind { throw ReadingsLeftBehind(count: count) }
        }
    }

    /// Records what was read. Where that fails for a reason that lies in a delivery, each is recorded alone and only that
    /// one is blamed.
    private func keep(
        _ read: [(Delivery, Interpretation)],
        by record: @Sendable ([(Delivery, Interpretation)]) async throws -> Void
    ) async throws {
        guard let first = read.first else { return }
        do {
            try await record(read)
        } catch let error where Self.isOfDelivery(error) {
            guard read.count == 1 else {
                for one in read { try await keep([one], by: record) }
                return
            }
            parts.logger.warning(
                "what a delivery says could not be recorded",
                metadata: ["delivery": "\(first.0.id)", "error": "\(type(of: error))"]
            )
            try await note(.failed, of: first.0.id)
        }
    }

    /// Whether an error would come again with the same delivery. The store's own troubles pass, and are nobody's fault.
    private static func isOfDelivery(_ error: any Error) -> Bool {
        switch error {
        case is CancellationError: false
        case let error as StoreError: error.code == .damaged
        default: true
        }
    }

    private func note(_ failure: ReadingFailure, of id: DeliveryID) async throws {
        let now = parts.time.now()
        let suspect = try await parts.store.write { session -> Suspect? in
            guard let suspect = try session.noteFailedReading(of: id, at: now) else { return nil }
            if suspect.tries >= Self.mostTries {
                try Quarantine(session: session, now: now).setAside(suspect, because: failure)
            }
            return suspect
        }
        guard let suspect else { return }
        let isLast = suspect.tries >= Self.mostTries
        parts.logger.log(
            level: isLast ? .error : .warning,
            isLast ? "delivery quarantined" : "reading a delivery failed; it is read again, alone",
            metadata: [
                "delivery": "\(id)", "sender": "\(suspect.sender)", "tries": "\(suspect.tries)",
                "reason": "\(failure.rawValue)",
            ]
        )
    }
}

/// In which way a reading did not come to an end. The words are for people.
enum ReadingFailure: String, Sendable {
    case endedTheProcess = "reading it ended the process"
    case didNotEnd = "reading it did not end within 10 s"
    case failed = "reading it failed"
}

/// Too many readings do not end, and only the end of the process ends them. Everything acknowledged is kept, and the next
/// process knows whom to blame.
public struct ReadingsLeftBehind: Error, Sendable, Equatable, CustomStringConvertible {
    public let count: Int

    public var description: String {
        "\(count) readings of deliveries do not end; the process ends, to be started again without them"
    }
}
