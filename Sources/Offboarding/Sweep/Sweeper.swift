import Foundation
import Logging

/// Looks again for everybody whom we offboarded.
///
/// One reading of the directory serves for all of them. When the next sweep is due is kept in the store, so that a restart
/// neither skips nor repeats one; it moves on when a sweep has ended.
public final class Sweeper: Sendable {
    let parts: EngineParts
    let policy: SweepPolicy
    /// What tells this one from every other one.
    private let owner = "\(UInt64.random(in: 0...UInt64.max))"

    /// How often the store is asked whether a sweep is due.
    static let pollInterval: TimeInterval = 0.5
    /// People whose standing is written in one transaction. Senders wait behind it for their answers.
    static let inOneTransaction = 32
    /// Seconds to wait after the store did not answer.
    static let pauseAfterTrouble: TimeInterval = 30

    public init(parts: EngineParts, policy: SweepPolicy) {
        self.parts = parts
        self.policy = policy
    }

    /// Sweeps whenever one is due or asked for, until the task is cancelled.
    public func run() async {
        var wait = Self.pollInterval
        while !Task.isCancelled {
            do {
                try await parts.time.sleep(seconds: wait)
                wait = Self.pollInterval
                if try await isDue() { try await sweepForAll() }
            } catch is CancellationError {
                return
            } catch {
                wait = Self.pauseAfterTrouble
                parts.logger.error("sweeps wait, since the store does not answer", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Whether a sweep is due: by its own time, because somebody asked, or because somebody's look became due since the
    /// last one. The first one ever is due after ``SweepPolicy/every``.
    func isDue() async throws -> Bool {
        let now = parts.time.now()
        let next = now.addingTimeInterval(policy.every)
        let found = try await parts.store.read { session in
            let schedule = try session.sweepSchedule()
            let last = schedule?.last?.beganAt ?? .distantPast
            return (schedule, try session.hasLookDue(after: last, by: now))
        }
        guard let schedule = found.0 else {
            // Somebody may have asked for one in between.
            try await parts.store.write { session in
                if try session.sweepSchedule() == nil { try session.save(SweepSchedule(dueAt: next)) }
            }
            return found.1
        }
        if schedule.asked > schedule.answered || found.1 { return true }
        // A clock that was put back, or a period that was made shorter, must not put the next sweep off for long.
        if schedule.dueAt > next { try await hasten(to: next) }
        return schedule.dueAt <= now
    }

    private func hasten(to next: Date) async throws {
        try await parts.store.write { session in
            guard var schedule = try session.sweepSchedule(), schedule.dueAt > next else { return }
            schedule.dueAt = next
            try session.save(schedule)
        }
    }

    /// Sweeps unless another daemon does.
    private func sweepForAll() async throws {
        guard try await extendLease() else { return }
        let outcome = await withTaskGroup(of: Result<Void, any Error>.self) { group in
            group.addTask {
                do {
                    repeat {
                        try await self.parts.time.sleep(seconds: Engine.leaseExtension)
                    } while try await self.extendLease()
                    return .success(())
                } catch { return .failure(error) }
            }
            group.addTask {
                do {
                    // Whoever had the lease before may just have swept.
                    if try await self.isDue() { _ = try await self.sweep() }
                    return .success(())
                } catch { return .failure(error) }
            }
            // Whichever ends first ends the other: a sweep without a lease is another daemon's.
            defer { group.cancelAll() }
            return await group.next()
        }
        try await parts.store.write { [owner] in try $0.endLease(of: .sweep, owner: owner) }
        try outcome?.get()
    }

    private func extendLease() async throws -> Bool {
        let now = parts.time.now()
        return try await parts.store.write { [owner] session in
            try session.takeLease(of: .sweep, owner: owner, now: now, until: now.addingTimeInterval(Engine.lease))
        }
    }

    /// Sweeps now.
    ///
    /// - Throws: ``StoreError``; `CancellationError`.
    public func sweep() async throws -> SweepReport {
        let beganAt = parts.time.now()
        let instant = parts.time.instant()
        let (asked, people) = try await parts.store.read { session in
            (
                try session.sweepSchedule()?.asked ?? 0,
                try session.watches().compactMap { try WatchedPerson($0, in: session) }
            )
        }
        let directory = parts.directory
        let read = await Self.unlessCancelled { () async -> (DirectoryReading, [KeyInvitations]) in
            async let invited = directory.invitations(begunAfter: instant)
            return (await directory.reading(begunAfter: instant), await invited)
        }
        guard let (reading, invited) = read else { throw CancellationError() }
        try await parts.memory.keep(reading)
        var report = Self.report(of: reading, invited, beganAt: beganAt)
        report.people = people.count
        let search = SweepSearch(directory: directory, policy: parts.policy, reading: reading)
        var waiting: [(CaseID, [Reappearance])] = []
        for person in people {
            let found = await search.reappearances(of: person)
            // Most people are gone, and nothing about them is to be written.
            if found.isEmpty, !isToBeWritten(person, invited, report) { continue }
            waiting.append((person.found.id, found))
            if waiting.count == Self.inOneTransaction {
                try await rule(waiting, invited, &report)
                waiting = []
            }
        }
        try await rule(waiting, invited, &report)
        try await finish(&report, asked: asked)
        return report
    }

    private func isToBeWritten(_ person: WatchedPerson, _ invited: [KeyInvitations], _ report: SweepReport) -> Bool {
        let isDue = person.watch.dueAt.map { $0 <= report.beganAt } ?? false
        let isOver = report.beganAt >= person.watch.since.addingTimeInterval(policy.recheckFor)
        if report.problems.isEmpty, isDue || isOver || !person.watch.back.isEmpty { return true }
        if !person.invitations.isEmpty { return true }
        return invited.contains { key in
            guard case .success(let listing) = key.answer else { return false }
            return listing.rows.contains { row in
                row.isOpen && row.addresses.contains { person.found.emails.contains($0) }
            }
        }
    }

    private func rule(
        _ people: [(CaseID, [Reappearance])],
        _ invited: [KeyInvitations],
        _ report: inout SweepReport
    ) async throws {
        guard !people.isEmpty else { return }
        let now = parts.time.now()
        let (schedule, policy) = (policy, parts.policy)
        let provenAt = report.problems.isEmpty ? report.beganAt : nil
        let outcomes = try await parts.store.write { session in
            let ruling = WatchRuling(session: session, now: now, schedule: schedule, policy: policy, provenAt: provenAt)
            return try people.map { id, found in (id, try ruling.rule(id, found: found, invited: invited)) }
        }
        for (id, outcome) in outcomes {
            if outcome.isBack { report.back.append(id) }
            if outcome.isInvited { report.invited.append(id) }
            if let opened = outcome.opened { report.opened.append(opened) }
            guard outcome.isBack else { continue }
            var metadata: Logger.Metadata = ["case": "\(id)"]
            if let opened = outcome.opened { metadata["removed_again_by"] = "\(opened)" }
            parts.logger.warning("somebody who was offboarded is back", metadata: metadata)
        }
    }
}
