import Foundation

/// Has those who were offboarded be looked for, from the transaction on in which their case ends.
struct WatchList {
    let session: any StoreSession
    let now: Date

    /// Begins to look for a case's person, if the case took somebody's access or found none; ends what looked for them
    /// before.
    func begin(after ended: Case) throws {
        guard try isOffboarded(ended) else { return }
        for earlier in try session.watches(sharing: ended.emails) where earlier.caseID != ended.id {
            var over = earlier
            over.dueAt = nil
            over.followedBy = ended.id
            over.endedBecause = "case \(ended.id) offboarded them again"
            try session.save(over)
            try NoticeBoard(session: session, now: now).withdraw(over.subject)
        }
        let since = ended.finishedAt ?? now
        try session.save(Watch(caseID: ended.id, since: since, dueAt: since.addingTimeInterval(SweepPolicy.day)))
    }

    /// A case that a person ended counts where a DELETE of it took effect: what is still owed there, a person answers for.
    private func isOffboarded(_ ended: Case) throws -> Bool {
        switch ended.state {
        case .completed: ended.result == .removed || ended.result == .noAccount
        case .cancelled: try session.removals(of: ended.id).contains { $0.outcome == .removed }
        default: false
        }
    }
}
