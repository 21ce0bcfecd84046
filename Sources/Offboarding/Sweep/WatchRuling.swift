import Foundation

/// What a look comes to for one person, inside one transaction.
struct WatchRuling {
    let session: any StoreSession
    let now: Date
    let schedule: SweepPolicy
    let policy: Policy
    /// When the reading began; `nil` where it does not prove that somebody is gone.
    let provenAt: Date?

    struct Outcome {
        var isBack = false
        var isInvited = false
        var opened: CaseID?
    }

    /// - Parameters:
    ///   - found: where the person is a member again.
    ///   - invited: what the keys show of invitations.
    func rule(_ id: CaseID, found: [Reappearance], invited: [KeyInvitations]) throws -> Outcome {
        var outcome = Outcome()
        guard var watch = try session.watch(of: id), watch.dueAt != nil, let ended = try session.case(id),
            !ended.state.isOpen
        else { return outcome }
        if try isReinstated(ended) {
            try leaveAlone(&watch)
            return outcome
        }
        let open = try session.openCases(sharing: ended.emails).map(\.id)
        // Whoever left once more is a member until that case has run; that is no return.
        guard open.allSatisfy({ $0 == watch.followedBy }) else { return outcome }
        try InvitationBoard(session: session, now: now).keep(invited, of: ended, notesProblems: false)
        outcome.isInvited = try session.invitations(of: id).contains { $0.invitation != nil }
        if !found.isEmpty {
            outcome.isBack = true
            if watch.back.isEmpty { watch.backSince = now }
            watch.back = found
            try tell(of: watch, ended)
            if mayRemoveAgain(ended, watch), let opened = try removeAgain(ended) {
                watch.followedBy = opened
                outcome.opened = opened
            }
        } else if provenAt != nil, !watch.back.isEmpty {
            watch.back = []
            watch.backSince = nil
            try NoticeBoard(session: session, now: now).withdraw(watch.subject)
        }
        if let provenAt { advance(&watch, lookedAt: provenAt) }
        try session.save(watch)
        return outcome
    }

    /// Whether somebody said that the person is back, after the departure that the case is about.
    private func isReinstated(_ ended: Case) throws -> Bool {
        let said = try session.statements(about: ended.emails)
        let shadows = policy.shadows
        let isBack = said.filter { $0.departure.kind == .reinstated && !shadows.contains($0.sender) }
        guard let back = isBack.map(\.orderedAt).max() else { return false }
        return back >= (try session.leftAt(ended))
    }

    private func leaveAlone(_ watch: inout Watch) throws {
        watch.dueAt = nil
        watch.back = []
        watch.backSince = nil
        watch.endedBecause = "the person was reinstated"
        try session.save(watch)
        try InvitationBoard(session: session, now: now).clear(watch.caseID)
        try NoticeBoard(session: session, now: now).withdraw(watch.subject)
    }

    /// Who is back is looked for as long as they are, also when the time is over.
    private func advance(_ watch: inout Watch, lookedAt: Date) {
        watch.lookedAt = lookedAt
        if let next = schedule.nextLook(since: watch.since, lookedAt: lookedAt) {
            watch.dueAt = next
        } else if watch.back.isEmpty {
            watch.dueAt = nil
            watch.endedBecause = "the time for looking is over"
        } else {
            watch.dueAt = lookedAt.addingTimeInterval(SweepPolicy.day)
        }
    }

    private func tell(of watch: Watch, _ ended: Case) throws {
        let places = watch.back.map { one in
            let address = one.isUnderOtherAddress ? ", under another address" : ""
            return "\(one.organizationName) (\(one.organizationID)) as \(one.userID)\(address)"
        }
        let notice = Notice(
            kind: .back,
            at: now,
            sender: ended.sender,
            caseID: ended.id,
            email: ended.email,
            receivedAt: ended.receivedAt,
            reason: "the person is a member again: " + places.joined(separator: "; ")
        )
        let cause = watch.back.map { "\($0.organizationID) \($0.userID)" }.joined(separator: ", ")
        try NoticeBoard(session: session, now: now).post(notice, about: watch.subject, because: cause)
    }

    /// Once for each case, and never for one that a person ended: they may have invited the person themselves.
    private func mayRemoveAgain(_ ended: Case, _ watch: Watch) -> Bool {
        schedule.removeAgain && ended.state == .completed && watch.followedBy == nil
            && now <= watch.since.addingTimeInterval(schedule.recheckFor)
            && watch.back.contains { !$0.isUnderOtherAddress }
    }

    /// Opens a case as if the departure had been told once more, by the same senders and at the same time: a
    /// reinstatement that arrives late must still count.
    private func removeAgain(_ ended: Case) throws -> CaseID? {
        let departure = Departure(
            kind: .departed,
            email: ended.email,
            aliases: ended.aliases,
            occurredAt: try session.leftAt(ended)
        )
        let opened = try CaseLedger(session: session, now: now, policy: policy).record(
            departure,
            sender: ended.sender,
            delivery: nil,
            receivedAt: now,
            restraint: ended.restraint,
            askedBy: ended.askedBy
        )
        guard let id = opened.first else { return nil }
        for teller in try session.tellers(of: ended) where teller != ended.sender {
            try session.insert(
                Statement(departure: departure, sender: teller, delivery: nil, receivedAt: now, caseID: id)
            )
        }
        return id
    }
}
