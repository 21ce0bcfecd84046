import Foundation
import Logging

/// Works one case as far as it goes now: read, judge, decide, remove, and read again until it is proven.
///
/// Every step is durable before the next begins, so that another worker can go on from any point.
struct CaseRunner {
    let parts: EngineParts
    /// Bounds the DELETEs that are under way in this process.
    let slots: Slots
    /// The name in the lease.
    let worker: String

    /// Readings in one run before the case is put back; each waits a little longer than the one before, for lists that
    /// lag behind a DELETE.
    static let mostReadings = 6

    /// How long a case whose DELETEs are done waits for those of others before it has the lists read again, in seconds. The
    /// person is out by then.
    static let longestWaitForOthers: TimeInterval = 30

    /// What one decision asks for next.
    enum Step {
        /// The case is somebody else's, or in a state that a person or a sender put it in.
        case lost
        /// The case has been put where it belongs for now.
        case settled(Case)
        /// Read again, after so many seconds.
        case readAgain(after: TimeInterval)
        /// Send these DELETEs, then read again.
        case remove([PendingRemoval])
        /// Try again to end these, then read again.
        case endCredentials(Set<CredentialEnding.Place>)
    }

    /// Works a case that this worker has claimed.
    ///
    /// - Throws: ``StoreError``; the lease then runs out and the case is taken again.
    func run(_ id: CaseID) async throws {
        let trace = try await parts.store.read { try $0.trace(of: id) }
        try await WorkContext.$current.withValue(WorkContext(caseID: id, trace: trace)) { try await work(id) }
    }

    private func work(_ id: CaseID) async throws {
        var progress = RunProgress(readsAfter: parts.time.instant())
        while true {
            let found = try await parts.store.read { session in
                try session.case(id).map { taken in
                    (taken, try session.tellers(of: taken), try session.memberships(seenUnder: taken.emails))
                }
            }
            guard let (taken, tellers, remembered) = found else { return }
            let begun = progress
            async let invited = invitations(begun)
            let reading =
                progress.hasSent
                ? await parts.directory.reading(begunAfter: progress.readsAfter)
                : await parts.directory.planningReading(begunAfter: progress.readsAfter)
            if let shown = await invited { progress.invitations = shown }
            progress.readings += 1
            try await parts.memory.keep(reading)
            let plan = await Planning(directory: parts.directory, policy: parts.policy)
                .plan(for: taken.email, aliases: taken.aliases, senders: tellers, remembered: remembered, from: reading)
            let step = try await decide(id, plan: plan, reading: reading, progress: &progress)
            switch step {
            case .lost: return
            case .settled(let settled):
                parts.instruments.settled(settled)
                return
            case .readAgain(let seconds):
                if seconds > 0 { try await parts.time.sleep(seconds: seconds) }
                progress.readsAfter = parts.time.instant()
            case .endCredentials(let places):
                progress.credentials.formUnion(places)
                try await endCredentials(places, of: id)
                progress.readsAfter = parts.time.instant()
            case .remove(let pending):
                let places = credentials(before: pending).subtracting(progress.credentials)
                progress.credentials.formUnion(places)
                try await endCredentials(places, of: id)
                let answers = try await remove(pending, of: id, plannedAt: reading.began)
                progress.note(answers)
                progress.readsAfter = parts.time.instant()
                // One reading then proves what all of them removed, and DELETEs do not wait behind readings for their rate.
                await slots.quiet(within: Self.longestWaitForOthers, by: parts.time)
            }
        }
    }

    /// What would let the person in again, read beside the lists that prove that they are gone, once a run. A run's first
    /// removals never wait for it, and it waits for no slow key longer than a plan does: the next sweep looks again.
    private func invitations(_ progress: RunProgress) async -> [KeyInvitations]? {
        let isWanted = progress.hasSent || progress.provenEmptyAt != nil || progress.wantsInvitations
        guard isWanted, progress.invitations == nil else { return nil }
        return await parts.directory.quickInvitations(begunAfter: progress.readsAfter)
    }

    /// Judges and decides in one transaction, so that limits hold over all cases that are decided side by side.
    private func decide(
        _ id: CaseID,
        plan: Plan,
        reading: DirectoryReading,
        progress: inout RunProgress
    ) async throws -> Step {
        let deciding = CaseDecision(
            parts: parts,
            worker: worker,
            plan: plan,
            reading: reading,
            trace: WorkContext.current?.trace,
            progress: progress,
            jitter: Double.random(in: 0...1)
        )
        let outcome = try await parts.store.write { try deciding.decide(id, in: $0) }
        parts.instruments.decided(outcome.decided)
        progress = outcome.progress
        return outcome.step
    }
}

/// What one run has seen and done so far.
struct RunProgress: Sendable {
    /// The next reading must begin at or after this.
    var readsAfter: ContinuousClock.Instant
    var readings = 0
    /// Whether a DELETE was sent in this run.
    var hasSent = false
    /// Memberships that got a final answer in this run: no second DELETE before the next run.
    var answered: Set<Membership> = []
    /// The credentials that were seen to in this run.
    var credentials: Set<CredentialEnding.Place> = []
    /// What the keys showed of invitations in this run.
    var invitations: [KeyInvitations]?
    /// Whether nothing but them is wanting.
    var wantsInvitations = false
    /// When the last reading ended that proved that nothing is left; a second one must begin after it (rule 7).
    var provenEmptyAt: ContinuousClock.Instant?

    init(readsAfter: ContinuousClock.Instant) { self.readsAfter = readsAfter }

    mutating func note(_ answers: [Membership: RemovalAnswer]) {
        for (membership, answer) in answers {
            if answer != .notSent { hasSent = true }
            if answer == .final { answered.insert(membership) }
        }
        provenEmptyAt = nil
    }
}

/// How a DELETE ended, as far as this run is concerned.
enum RemovalAnswer: Sendable {
    /// Not sent: the plan had become too old, or the case is no longer ours.
    case notSent
    /// Answered in a way that another DELETE now would not change.
    case final
    /// Failed for a reason that passes; may be sent again in this run.
    case passing
}

/// A membership whose DELETE is due, with the keys to try in order (rule 8).
struct PendingRemoval: Sendable {
    let removal: Removal
    let membership: Membership
    let keys: [String]
}
