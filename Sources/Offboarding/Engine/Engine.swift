import Foundation
import Logging
import Synchronization

/// Turns stored deliveries into cases and works the cases that are due, until its task is cancelled.
///
/// Everything it does survives its end at any point: a delivery stays `accepted` until its departures are in cases, and
/// a case that it worked is taken up by the next worker when the lease has run out.
public final class Engine: Sendable {
    private let parts: EngineParts
    private let worker: String
    private let slots = Slots(Engine.removalsAtOnce)
    private let running = Mutex(Set<CaseID>())
    private let reader: DeliveryReader
    /// Wakes the case loop when a case has ended and its place is free.
    private let wakeUps: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    /// DELETEs under way at once in this process. With more, a plan could wait behind the rate limit for longer than it stays
    /// fresh (rule 9).
    static let removalsAtOnce = 32
    /// Cases worked at once. They share directory readings, so that many cost little more than one.
    static let casesAtOnce = 256
    /// Deliveries read, and cases claimed, in one transaction. Senders wait behind it for their answers, so that it has
    /// to end within some milliseconds.
    static let inOneTransaction = 32
    /// A lease outlives three missed extensions.
    static let lease: TimeInterval = 30
    static let leaseExtension: TimeInterval = 8
    /// How often the store is asked for due cases when nothing wakes the engine: the resolution of `effective_at` and
    /// of retries.
    static let pollInterval: TimeInterval = 0.25
    /// How often what a clock that was set back put off is looked for. It costs nothing where there is nothing.
    static let clockInterval: TimeInterval = 20
    /// No lease and no wait of any worker is longer than this many seconds where `retry.ceiling` is shorter.
    static let longestWait: TimeInterval = 60
    /// How long a delivery whose reading failed waits for its next.
    static let suspectInterval: TimeInterval = 1

    /// - Parameter worker: what tells this worker from every other one, `daemon:` or `command:` first.
    public init(parts: EngineParts, worker: String) {
        self.parts = parts
        self.worker = worker
        reader = DeliveryReader(parts: parts)
        (wakeUps, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Works until the task is cancelled; then frees the cases that it has.
    ///
    /// - Throws: ``ReadingsLeftBehind`` where the process has to end.
    public func run() async throws {
        var trouble: (any Error)?
        do {
            try await takeOver()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await self.forwardArrivals() }
                group.addTask { await self.pollAlways() }
                group.addTask { await self.extendLeasesAlways() }
                group.addTask { await self.bringForwardAlways() }
                group.addTask { try await self.workAlways() }
                group.addTask { try await self.readSuspectsAlways() }
                try await group.waitForAll()
            }
        } catch is CancellationError {
            // The end that is meant.
        } catch { trouble = error }
        await releaseAll()
        if let trouble { throw trouble }
    }

    /// Works one case to the point where nothing more happens to it now; for a command, while no daemon is alive.
    ///
    /// - Returns: the case as it then is.
    /// - Throws: ``StoreError``; ``CaseDeskError/unknownCase(_:)``.
    public func work(_ id: CaseID) async throws -> Case {
        let claimed = try await parts.store.write { [worker, time = parts.time] session in
            let now = time.now()
            return try session.claim(id, owner: worker, now: now, leaseUntil: now.addingTimeInterval(Self.lease))
        }
        if claimed != nil {
            running.withLock { _ = $0.insert(id) }
            defer { running.withLock { _ = $0.remove(id) } }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await self.extendLeasesAlways() }
                try await CaseRunner(parts: parts, slots: slots, worker: worker).run(id)
                group.cancelAll()
            }
        }
        guard let worked = try await parts.store.read({ try $0.case(id) }) else { throw CaseDeskError.unknownCase(id) }
        return worked
    }

    private func forwardArrivals() async {
        for await _ in parts.store.arrivals { wake.yield() }
    }

    private func pollAlways() async {
        while await pause(Self.pollInterval) { wake.yield() }
    }

    /// Learns whose reading ended the process before this one, before anything is read.
    private func takeOver() async throws {
        while true {
            do { return try await reader.takeOver() } catch let error as StoreError {
                parts.logger.error("the store does not answer", metadata: ["error": "\(error)"])
                guard await pause(1) else { throw CancellationError() }
            }
        }
    }

    /// Reads those whose reading failed before beside the others. It waits before each: what ends the process ends it
    /// when the others have been read.
    private func readSuspectsAlways() async throws {
        while await pause(Self.suspectInterval) {
            do { _ = try await reader.readSuspect() } catch let error as StoreError {
                parts.logger.error("the store does not answer", metadata: ["error": "\(error)"])
            }
        }
    }

    private func workAlways() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            wake.yield()
            for await _ in wakeUps {
                if Task.isCancelled { break }
                do {
                    while try await reader.readSome(limit: Self.inOneTransaction) {}
                    try await startDueCases(in: &group)
                } catch let error as ReadingsLeftBehind {
                    throw error
                } catch {
                    parts.logger.error("the store does not answer", metadata: ["error": "\(error)"])
                    _ = await pause(1)
                }
            }
            group.cancelAll()
        }
    }

    private func startDueCases(in group: inout ThrowingDiscardingTaskGroup<any Error>) async throws {
        let free = min(Self.casesAtOnce - running.withLock { $0.count }, Self.inOneTransaction)
        guard free > 0 else { return }
        let claimed = try await parts.store.write { [worker, time = parts.time] session in
            let now = time.now()
            return try session.claimDueCases(
                owner: worker,
                now: now,
                leaseUntil: now.addingTimeInterval(Self.lease),
                limit: free
            )
        }
        // After a clock was set forward our own leases look as if they had run out; claiming has renewed them.
        let begun = running.withLock { running in
            let new = claimed.filter { !running.contains($0.id) }
            running.formUnion(new.map(\.id))
            return new
        }
        if claimed.count == free { wake.yield() }
        let runner = CaseRunner(parts: parts, slots: slots, worker: worker)
        for one in begun {
            group.addTask {
                do {
                    try await runner.run(one.id)
                } catch is CancellationError {
                    // Stopping: the lease is released below, with all others.
                } catch {
                    self.parts.logger.error(
                        "the case was interrupted",
                        metadata: ["case": "\(one.id)", "error": "\(error)"]
                    )
                }
                self.running.withLock { _ = $0.remove(one.id) }
                self.wake.yield()
            }
        }
    }

    private func extendLeasesAlways() async {
        while await pause(Self.leaseExtension) {
            let mine = Array(running.withLock { $0 })
            if mine.isEmpty { continue }
            let until = parts.time.now().addingTimeInterval(Self.lease)
            do {
                try await parts.store.write { [worker] session in
                    try session.extendLeases(of: mine, owner: worker, until: until)
                }
            } catch {
                parts.logger.warning("leases could not be extended", metadata: ["error": "\(error)"])
            }
        }
    }

    private func bringForwardAlways() async {
        repeat {
            do { try await bringForward() } catch {
                parts.logger.warning("what a clock put off was not looked for", metadata: ["error": "\(error)"])
            }
        } while await pause(Self.clockInterval)
    }

    /// Brings forward what waits for longer than anything is ever put off: the clock was set back since, or the
    /// configuration's waits were made shorter.
    func bringForward() async throws {
        let now = parts.time.now()
        let latest = now.addingTimeInterval(max(parts.retry.ceiling, Self.longestWait))
        let grace = parts.policy.grace
        let brought = try await parts.store.write { session in
            try session.bringForward(
                to: now,
                dueAfter: latest,
                scheduledUpTo: now.addingTimeInterval(grace)
            )
        }
        guard brought > 0 else { return }
        parts.logger.warning("waits were cut short: the clock was set back", metadata: ["count": "\(brought)"])
        wake.yield()
    }

    private func releaseAll() async {
        do {
            let now = parts.time.now()
            let released = try await parts.store.write { [worker] session in
                try session.releaseLeases(ownedByPrefix: worker, now: now)
            }
            if released > 0 { parts.logger.info("cases were handed back", metadata: ["cases": "\(released)"]) }
        } catch {
            parts.logger.warning("leases were not released; they run out", metadata: ["error": "\(error)"])
        }
    }

    /// Waits; `false` once the task is cancelled.
    private func pause(_ seconds: TimeInterval) async -> Bool {
        do {
            try await parts.time.sleep(seconds: seconds)
            return !Task.isCancelled
        } catch {
            return false
        }
    }
}
