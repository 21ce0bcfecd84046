import Offboarding

/// A case as auditors read it: who, told when, removed when, and what was not as it should be.
struct CaseReport {
    let history: CaseHistory
    let names: PeopleNames

    static let caseHeading = [
        "case", "person", "told_at", "told_by", "effective_at", "removed_at", "seconds_to_revoke", "state", "result",
        "removed", "completed_at", "exceptions", "first_entry", "last_entry",
    ]

    static let removalHeading = [
        "case", "organization", "user", "key", "outcome", "http_status", "attempts", "sent_at", "answered_at",
        "outcome_at", "entry",
    ]

    /// The person's addresses that are known still; `erased` where there are none.
    var people: String {
        let known = history.subject.compactMap(names.email)
        if !known.isEmpty { return known.joined(separator: " ") }
        return history.subject.isEmpty ? "not in this export" : "erased"
    }

    var caseRow: [String] {
        [
            history.id.text, people, history.toldAt ?? "",
            history.toldBy.map(names.actor).joined(separator: " "), history.effectiveAt ?? "",
            history.removedAt ?? "", history.secondsToRevoke.map { String(($0 * 1000).rounded() / 1000) } ?? "",
            history.state ?? "", history.result ?? "", String(history.removed.count), history.completedAt ?? "",
            history.exceptions.joined(separator: "; "), history.firstSequence.map { String($0) } ?? "",
            history.lastSequence.map { String($0) } ?? "",
        ]
    }

    var removalRows: [[String]] {
        history.removals.map { removal in
            [
                history.id.text, removal.organization ?? "", removal.user ?? "", removal.key, removal.outcome,
                removal.httpStatus.map { String($0) } ?? "", String(removal.attempts), removal.sentAt ?? "",
                removal.answeredAt ?? "", removal.outcomeAt ?? "", String(removal.sequence),
            ]
        }
    }
}
