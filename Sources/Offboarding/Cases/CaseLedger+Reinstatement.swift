import Foundation

/// What is said against a departure: that the person is back.
extension CaseLedger {
    func reinstated(_ said: Statement) throws -> [CaseID] {
        var touched: [CaseID] = []
        for open in try session.openCases(sharing: said.departure.emails) {
            if try session.leftAt(open) <= said.orderedAt {
                try reinstate(open, said)
            } else if try contradicts(said, open) {
                try dispute(open, by: said.sender)
            } else {
                continue
            }
            touched.append(open.id)
        }
        for email in said.departure.emails {
            let closed = try session.cases(
                matching: CaseFilter(email: email, states: [.completed], result: .removed, limit: 1)
            )
            for done in closed where !touched.contains(done.id) {
                guard try session.leftAt(done) <= said.orderedAt,
                    try session.openCases(sharing: done.emails).isEmpty
                else { continue }
                try reinstate(done, said)
                touched.append(done.id)
            }
        }
        return touched
    }

    private func reinstate(_ open: Case, _ said: Statement) throws {
        var changed = open
        let hasSent = try session.removals(of: open.id).contains { $0.attempts > 0 }
        let tellers = try session.tellers(of: open)
        // A shadow that told of it, too, has no say in it.
        let deciding = tellers.filter { !shadows.contains($0) }
        let senders = deciding.isEmpty ? tellers : deciding
        // What a shadow says moves no case of another sender.
        if shadows.contains(said.sender), !deciding.isEmpty { return }
        if hasSent {
            try changed.apply(.reinstatedTooLate)
            changed.reason = "the person is said to be back, after access was removed: invite them again, then cancel"
            changed.dueAt = nil
        } else if senders.allSatisfy({ $0 == said.sender }) {
            try changed.apply(.reinstated)
            changed.reason = "the person is back"
            changed.finishedAt = now
            changed.dueAt = nil
        } else {
            try Self.dispute(&changed, by: said.sender)
        }
        try keep(changed)
    }

    /// Whether an older word that the person is back contradicts a part of what was said of the departure, by another
    /// sender than that part's, so that the case would be held already had all arrived in the order in which it happened.
    private func contradicts(_ said: Statement, _ open: Case) throws -> Bool {
        guard !shadows.contains(said.sender) else { return false }
        return try session.statements(about: open.emails).contains { other in
            other.departure.kind == .departed && other.caseID == open.id && other.orderedAt <= said.orderedAt
                && other.sender != said.sender && !shadows.contains(other.sender)
        }
    }

    /// Holds a case that has sent no DELETE.
    func dispute(_ open: Case, by sender: String) throws {
        guard try !session.removals(of: open.id).contains(where: { $0.attempts > 0 }) else { return }
        var changed = open
        try Self.dispute(&changed, by: sender)
        try keep(changed)
    }

    private static func dispute(_ changed: inout Case, by sender: String) throws {
        try changed.apply(.disputed)
        changed.reason = disputeReason(sender)
        changed.restraint = .disputed
        changed.dueAt = nil
    }

    private func keep(_ changed: Case) throws {
        try session.update(changed)
        try NoticeBoard(session: session, now: now).post(changed)
        try ChatBoard(session: session, now: now).post(changed)
    }

    /// What was said already that contradicts a departure, in whatever order the two arrived: that the person came back
    /// after it. The departure's own sender counts before any other.
    func contradiction(of said: Statement) throws -> Statement? {
        let later = try session.statements(about: said.departure.emails).filter { other in
            other.departure.kind == .reinstated && other.orderedAt > said.orderedAt
                && (shadows.contains(said.sender) || !shadows.contains(other.sender))
        }
        return later.last { $0.sender == said.sender } ?? later.last
    }

    /// A departure that arrived after the news that the person is back, as if it had arrived before: cancelled where its own
    /// sender says so, held where another does.
    func openContradicted(_ said: Statement, by other: Statement, askedBy: String?) throws -> CaseID {
        let isOwn = other.sender == said.sender
        var new = new(
            said,
            isOwn ? .cancelled : .held,
            restraint: isOwn ? nil : .disputed,
            askedBy: askedBy,
            dueAt: nil
        )
        new.reason = isOwn ? "a later event said that the person is back" : Self.disputeReason(other.sender)
        if isOwn { new.finishedAt = now }
        try session.insert(new)
        try NoticeBoard(session: session, now: now).post(new)
        return new.id
    }

    private static func disputeReason(_ sender: String) -> String {
        "sender \(sender) says that the person is back, which the departure's sender did not"
    }
}
