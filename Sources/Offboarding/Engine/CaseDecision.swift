import Foundation
import Logging

/// One decision about a case: what a reading proves, what the policy says, and what happens next.
///
/// Runs inside one transaction and changes nothing outside it.
struct CaseDecision: Sendable {
    let parts: EngineParts
    let worker: String
    let plan: Plan
    let reading: DirectoryReading
    let trace: TraceParent?
    var progress: RunProgress
    /// 0 to 1.
    let jitter: Double
    /// What keeps the case from being completed by this reading.
    private var doubts: [Plan.Doubt] = []

    init(
        parts: EngineParts,
        worker: String,
        plan: Plan,
        reading: DirectoryReading,
        trace: TraceParent?,
        progress: RunProgress,
        jitter: Double
    ) {
        self.parts = parts
        self.worker = worker
        self.plan = plan
        self.reading = reading
        self.trace = trace
        self.progress = progress
        self.jitter = jitter
    }

    /// What a decision came to.
    struct Outcome: Sendable {
        let step: CaseRunner.Step
        let progress: RunProgress
        /// The removals that came to another outcome by it.
        let decided: [Removal]
    }

    func decide(_ id: CaseID, in session: any StoreSession) throws -> Outcome {
        var deciding = self
        let before = try session.removals(of: id)
        let step = try deciding.step(id, in: session)
        let decided = try session.removals(of: id).filter { removal in
            removal.outcome != .retrying
                && !before.contains { $0.isOfSame(removal) && $0.outcome == removal.outcome }
        }
        return Outcome(step: step, progress: deciding.progress, decided: decided)
    }

    private mutating func step(_ id: CaseID, in session: any StoreSession) throws -> CaseRunner.Step {
        guard var mine = try session.case(id), mine.state == .running, mine.lease?.owner == worker else { return .lost }
        mine.uncovered = plan.uncovered
        if let invited = progress.invitations {
            try InvitationBoard(session: session, now: parts.time.now()).keep(invited, of: mine, notesProblems: true)
        }
        let judgement = Judgement(reading: reading, plan: plan)
        let known = judgement.judged(merged(try session.removals(of: id)))
        let unreadable = plan.doubts.compactMap(Self.unreadableKey)
        doubts = plan.doubts.filter { !$0.isElsewhere || !isSettledEverywhere($0.key, known) }
        let conclusion = CaseConclusion(
            parts: parts,
            doubts: doubts,
            judgement: judgement,
            trace: trace,
            jitter: jitter
        )

        if let protection = plan.protection {
            try session.replaceRemovals(of: id, with: known + unreadable)
            return try conclusion.attention(mine, because: [protection], in: session)
        }
        let open = known.filter { $0.outcome == .retrying || $0.outcome == .operator }
        if plan.hasUndecidedUsers {
            try session.replaceRemovals(of: id, with: known + unreadable)
            return try conclusion.trouble(mine, open: open, in: session)
        }
        if !open.isEmpty {
            let verdict = try verdict(on: &mine, known: known, in: session)
            if let settled = try settle(mine, verdict, known: known, unreadable: unreadable, conclusion, in: session) {
                return settled
            }
            return try proceed(mine, known: known, open: open, unreadable: unreadable, conclusion, in: session)
        }
        try session.replaceRemovals(of: id, with: known + unreadable)
        return try conclude(mine, known: known, conclusion, in: session)
    }

    /// Whether this case has ended the membership in each organization that a key acts on: whoever was on its list was
    /// deleted from all of them, so that there is no elsewhere left (rule 3).
    private func isSettledEverywhere(_ name: String, _ known: [Removal]) -> Bool {
        guard let key = reading.keys.first(where: { $0.key.name == name }) else { return false }
        let settled = known.filter { $0.outcome == .removed || $0.outcome == .absent }.compactMap(\.organizationID)
        return !key.covered.isEmpty && Set(settled).isSuperset(of: key.covered.map(\.id))
    }

    /// The removals of the case with those that the plan adds.
    private func merged(_ kept: [Removal]) -> [Removal] {
        var removals = kept.filter { $0.membership != nil && $0.outcome != .dryRun }
        for entry in plan.entries {
            let index = removals.firstIndex { $0.membership == entry.membership }
            var removal =
                index.map { removals[$0] }
                ?? Removal(
                    key: entry.keys[0],
                    membership: entry.membership,
                    organizationName: entry.organizationName
                )
            switch entry.action {
            case .protected where removal.attempts == 0: removal.outcome = .protected
            case .serviceUser where removal.attempts == 0: removal.outcome = .serviceUser
            case .remove where removal.outcome == .protected || removal.outcome == .serviceUser:
                removal.outcome = .retrying
            default: break
            }
            if let index { removals[index] = removal } else { removals.append(removal) }
        }
        return removals
    }

    private func verdict(on mine: inout Case, known: [Removal], in session: any StoreSession) throws -> Verdict {
        let planned = plan.memberships
        var isApproved = false
        if let approval = mine.approval {
            let covered = approval.covered ?? planned
            mine.approval?.covered = covered
            isApproved = Set(planned).isSubset(of: covered)
            if !isApproved {
                mine.approval = nil
                return .hold(reasons: ["the plan holds more than was approved"], isWave: false)
            }
        }
        guard !planned.isEmpty else { return .run }
        // What was let run once stays let run: a retry must not be held by those who came after it.
        let letRun = Set(known.compactMap { $0.plannedAt == nil ? nil : $0.membership })
        if letRun.isSuperset(of: planned), mine.restraint == nil { return .run }
        let tellers = try session.tellers(of: mine)
        let policy = parts.policy.raised(by: try session.limitOverrides(at: parts.time.now()))
        return policy.verdict(
            on: plan,
            senders: tellers,
            restraint: mine.restraint,
            isApproved: isApproved,
            headcount: try headcount(of: mine, tellers, policy, in: session)
        )
    }

    private func headcount(
        of mine: Case,
        _ tellers: [String],
        _ policy: Policy,
        in session: any StoreSession
    ) throws -> Headcount {
        let now = parts.time.now()
        // What a dry run would have held depends on whom the dry runs before it would have removed.
        let countsDryRuns = policy.isDryRun(tellers)
        func planned(_ limit: Limit, _ sender: String?) throws -> Set<UserID> {
            try session.plannedUsers(
                since: now.addingTimeInterval(-limit.window),
                sender: sender,
                countingDryRuns: countsDryRuns,
                excluding: mine.id
            )
        }
        var people: [OrganizationID: Set<UserID>] = [:]
        for organization in Set(plan.memberships.map(\.organization)) {
            for key in reading.keys where key.organizations.rows.contains(where: { $0.id == organization }) {
                let shown = key.people(in: organization)
                if key.listsOneOrganization {
                    people[organization] = shown
                    break
                }
                // A list that stands for a thousand organizations is shared by them, not copied for each.
                if people[organization] == nil {
                    people[organization] = shown
                } else {
                    people[organization]?.formUnion(shown)
                }
            }
        }
        return Headcount(
            planned: try policy.limits.map { try planned($0, nil) },
            plannedBySender: try policy.ownLimits(tellers).map { try planned($0.limit, $0.sender) },
            plannedByOrganization: try session.plannedUsersByOrganization(
                since: now.addingTimeInterval(-policy.longestWindow),
                countingDryRuns: countsDryRuns,
                excluding: mine.id
            ),
            people: people
        )
    }

    /// Ends the run where the verdict is not to go on; `nil` where it is.
    private mutating func settle(
        _ mine: Case,
        _ verdict: Verdict,
        known: [Removal],
        unreadable: [Removal],
        _ conclusion: CaseConclusion,
        in session: any StoreSession
    ) throws -> CaseRunner.Step? {
        var changed = mine
        let hasSent = known.contains { $0.attempts > 0 }
        if !hasSent, !plan.memberships.isEmpty { changed.planDigest = try plan.digest(sha256: parts.sha256) }
        switch verdict {
        case .run:
            try session.update(changed)
            return nil
        case .hold(let reasons, let isWave):
            changed.planDigest = try plan.digest(sha256: parts.sha256)
            try session.replaceRemovals(of: mine.id, with: known + unreadable)
            return try conclusion.hold(changed, because: reasons, isWave: isWave, in: session)
        case .dryRun(let wouldHold):
            let shown = known.map { removal in
                var removal = removal
                if removal.outcome == .retrying, removal.attempts == 0 {
                    removal.outcome = .dryRun
                    removal.plannedAt = parts.time.now()
                }
                return removal
            }
            try session.replaceRemovals(of: mine.id, with: shown + unreadable)
            guard doubts.isEmpty else { return try conclusion.trouble(changed, open: [], in: session) }
            changed.reason = wouldHold.isEmpty ? nil : "would be held: " + wouldHold.joined(separator: "; ")
            return try conclusion.finish(changed, with: .dryRun, in: session)
        }
    }

    /// Sends what is due, or waits for a list that lags, or puts the case back.
    private func proceed(
        _ mine: Case,
        known: [Removal],
        open: [Removal],
        unreadable: [Removal],
        _ conclusion: CaseConclusion,
        in session: any StoreSession
    ) throws -> CaseRunner.Step {
        let now = parts.time.now()
        let counted = known.map { removal in
            var removal = removal
            if removal.plannedAt == nil, removal.outcome == .retrying || removal.outcome == .operator {
                removal.plannedAt = now
            }
            return removal
        }
        try session.replaceRemovals(of: mine.id, with: counted + unreadable)
        let isLastReading = progress.readings >= CaseRunner.mostReadings
        let due = counted.compactMap { removal -> PendingRemoval? in
            guard let membership = removal.membership, !progress.answered.contains(membership),
                removal.outcome == .retrying || removal.outcome == .operator
            else { return nil }
            let keys = plan.entries.first { $0.membership == membership }?.keys ?? [removal.key]
            // An id that no longer shows the person's email was never ours to remove.
            if removal.attempts == 0, !plan.memberships.contains(membership) { return nil }
            return PendingRemoval(removal: removal, membership: membership, keys: keys)
        }
        if !due.isEmpty, !isLastReading { return .remove(due) }
        let lagging = open.contains { $0.httpStatus.map { (200..<300).contains($0) } ?? false && $0.attempts > 0 }
        if lagging, !isLastReading {
            let seconds = min(parts.retry.first, 1) * min(4, pow(2, Double(progress.readings - 1)) / 2)
            return .readAgain(after: seconds)
        }
        return try conclusion.trouble(mine, open: open, in: session)
    }

    /// Nothing is left to remove: done, if that is proven.
    private mutating func conclude(
        _ mine: Case,
        known: [Removal],
        _ conclusion: CaseConclusion,
        in session: any StoreSession
    ) throws -> CaseRunner.Step {
        guard doubts.isEmpty else { return try conclusion.trouble(mine, open: [], in: session) }
        if conclusion.judgement.isShownThroughUncovered(known) {
            return try conclusion.attention(
                mine,
                because: ["a key's users list still shows the person, perhaps through an uncovered organization"],
                in: session
            )
        }
        if known.contains(where: { $0.outcome == .removed }) {
            let unfinished = try session.credentialEndings(of: mine.id).filter {
                $0.isUnfinished && parts.policy.also.contains($0.place.kind)
            }
            let untried = Set(unfinished.map(\.place)).subtracting(progress.credentials)
            if !untried.isEmpty {
                try session.update(mine)
                return .endCredentials(untried)
            }
            if !unfinished.isEmpty {
                return try conclusion.trouble(mine, open: [], credentials: unfinished, in: session)
            }
            if progress.invitations == nil {
                progress.wantsInvitations = true
                try session.update(mine)
                return .readAgain(after: 0)
            }
            return try conclusion.finish(mine, with: .removed, in: session)
        }
        if known.contains(where: { $0.outcome == .serviceUser }) {
            return try conclusion.attention(mine, because: ["only a service user has this email"], in: session)
        }
        if let provenAt = progress.provenEmptyAt, reading.keys.allSatisfy({ $0.began >= provenAt }) {
            return try conclusion.finish(mine, with: .noAccount, in: session)
        }
        progress.provenEmptyAt = reading.ended
        try session.update(mine)
        return .readAgain(after: 0)
    }

    private static func unreadableKey(_ doubt: Plan.Doubt) -> Removal? {
        guard let error = doubt.unreadable else { return nil }
        var removal = Removal(
            key: doubt.key,
            membership: nil,
            outcome: doubt.remedy == .waiting ? .retrying : .operator,
            detail: error.description
        )
        removal.httpStatus = error.status
        return removal
    }
}
