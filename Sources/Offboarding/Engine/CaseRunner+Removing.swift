import Foundation

extension CaseRunner {
    /// DELETEs tried for one membership and key in one run, where nothing was applied: a moment's trouble should not
    /// cost a departure the whole backoff.
    static let mostTries = 3

    /// Sends DELETEs side by side; one organization's trouble never stops another's.
    func remove(
        _ pending: [PendingRemoval],
        of id: CaseID,
        plannedAt: ContinuousClock.Instant?
    ) async throws -> [Membership: RemovalAnswer] {
        try await withThrowingTaskGroup(of: (Membership, RemovalAnswer).self) { group in
            for one in pending {
                group.addTask { (one.membership, try await remove(one, of: id, plannedAt: plannedAt)) }
            }
            var answers: [Membership: RemovalAnswer] = [:]
            for try await (membership, answer) in group { answers[membership] = answer }
            return answers
        }
    }

    private func remove(
        _ pending: PendingRemoval,
        of id: CaseID,
        plannedAt: ContinuousClock.Instant?
    ) async throws -> RemovalAnswer {
        var removal = pending.removal
        var answer = RemovalAnswer.notSent
        for key in pending.keys {
            removal.key = key
            var tries = 0
            repeat {
                if tries > 0 {
                    try await parts.time.sleep(
                        seconds: parts.retry.delay(afterTroubles: tries, jitter: Double.random(in: 0...1))
                    )
                }
                tries += 1
                let isFirst = tries == 1 && key == pending.keys.first
                let sent = try await sendOne(
                    &removal,
                    pending.membership,
                    of: id,
                    plannedAt: isFirst ? plannedAt : nil
                )
                if sent == .notSent { return answer }
                answer = sent
            } while answer == .passing && !removal.mayHaveBeenApplied && tries < Self.mostTries
            // Only a refusal of the key itself is a reason to try another key (rule 8).
            guard removal.httpStatus == 401 || removal.httpStatus == 403 else { return answer }
        }
        return answer
    }

    /// Records the attempt, sends it, records the answer.
    ///
    /// - Parameter plannedAt: when the plan was read, where this is the plan's first DELETE of the membership.
    private func sendOne(
        _ removal: inout Removal,
        _ membership: Membership,
        of id: CaseID,
        plannedAt: ContinuousClock.Instant?
    ) async throws -> RemovalAnswer {
        await slots.enter()
        defer { slots.leave() }
        if let plannedAt, parts.time.instant() - plannedAt > Self.oldestPlan { return .notSent }
        let before = removal.mayHaveBeenApplied
        removal.attempts += 1
        // If this process dies now, whether the DELETE was sent is not known.
        removal.mayHaveBeenApplied = true
        guard try await save(removal, of: id, onlyIfMine: true) else {
            removal.attempts -= 1
            removal.mayHaveBeenApplied = before
            return .notSent
        }
        let answer: RemovalAnswer
        switch await parts.directory.remove(membership, with: removal.key) {
        case .success(let status):
            removal.httpStatus = status
            removal.outcome = .retrying
            removal.detail = nil
            answer = .final
        case .failure(let error):
            removal.httpStatus = error.status
            removal.mayHaveBeenApplied = before || error.mayHaveBeenApplied
            removal.outcome = error.code == .operatorNeeded ? .operator : .retrying
            removal.detail = error.description
            answer = error.passes ? .passing : .final
            parts.instruments.failed(removal)
        }
        _ = try await save(removal, of: id, onlyIfMine: false)
        return answer
    }

    /// A plan older than this is read again before its first DELETE (rule 9), whatever the wall clock says.
    static let oldestPlan: Duration = .seconds(60)

    private func save(_ removal: Removal, of id: CaseID, onlyIfMine: Bool) async throws -> Bool {
        let worker = worker
        return try await parts.store.write { session in
            if onlyIfMine {
                guard let now = try session.case(id), now.state == .running, now.lease?.owner == worker else {
                    return false
                }
            }
            try session.save(removal, of: id)
            try session.note(
                onlyIfMine
                    ? .sent(removal, of: id, at: session.now) : .answered(removal, of: id, at: session.now)
            )
            return true
        }
    }
}
