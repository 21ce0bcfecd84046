import Foundation

/// What a person decides about a case, inside one transaction.
struct CaseRulings {
    let session: any StoreSession
    let now: Date
    /// Whether whoever asked for a case may not approve it.
    let fourEyes: Bool

    /// See ``CaseDesk/approve(_:by:)``.
    ///
    /// - Throws: ``CaseDeskError``, and then nothing has changed.
    func approve(_ id: CaseID, digest: String?, by person: String) throws {
        try change(id, by: .approved, as: person) { held in
            if let digest, digest != held.planDigest { throw CaseDeskError.otherPlan(present: held.planDigest) }
            if fourEyes, let asker = held.askedBy, asker.utf8.elementsEqual(person.utf8) {
                throw CaseDeskError.samePerson(id)
            }
            let shown = try session.removals(of: id).filter { $0.outcome == .retrying || $0.outcome == .operator }
            held.approval = Approval(
                digest: digest,
                by: person,
                at: now,
                covered: digest == nil ? nil : shown.compactMap(\.membership)
            )
            held.dueAt = now
            held.reason = nil
            // Held once more, it would be news again.
            try NoticeBoard(session: session, now: now).withdraw(NoticeBoard.subject(held.id))
        }
    }

    /// See ``CaseDesk/refuse(_:by:)``.
    ///
    /// - Throws: ``CaseDeskError``, and then nothing has changed.
    func refuse(_ id: CaseID, by person: String) throws {
        try change(id, by: .refused, as: person) { held in
            held.reason = "refused by \(person)"
            held.finishedAt = now
            held.dueAt = nil
        }
    }

    private func change(
        _ id: CaseID,
        by event: CaseEvent,
        as person: String,
        _ change: (inout Case) throws -> Void
    ) throws {
        try self.change(id, choosing: { _ in event }, as: person, change)
    }

    /// Moves a case by an event and changes what comes with it; a chat that follows the case hears of its end.
    func change(
        _ id: CaseID,
        choosing event: (Case) -> CaseEvent,
        as person: String,
        _ change: (inout Case) throws -> Void
    ) throws {
        guard var changed = try session.case(id) else { throw CaseDeskError.unknownCase(id) }
        do throws(ImpossibleTransition) {
            try changed.apply(event(changed))
        } catch {
            throw CaseDeskError.impossible(id, error)
        }
        try change(&changed)
        try session.acting(as: .person(person)) { try session.update(changed) }
        try WatchList(session: session, now: now).begin(after: changed)
        try ChatBoard(session: session, now: now).post(changed)
    }
}
