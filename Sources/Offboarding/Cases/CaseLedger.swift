public import Foundation

/// Keeps what is said about people, and moves their cases accordingly (rule 13). Runs inside one transaction.
public struct CaseLedger {
    let session: any StoreSession
    let now: Date
    /// The senders in shadow mode; see ``Policy/shadows``.
    let shadows: Set<String>

    public init(session: any StoreSession, now: Date, shadows: Set<String> = []) {
        self.session = session
        self.now = now
        self.shadows = shadows
    }

    /// Records one statement.
    ///
    /// - Returns: the cases that it went to; empty where nothing of ours is concerned.
    @discardableResult
    public func record(
        _ departure: Departure,
        sender: String,
        delivery: DeliveryID?,
        receivedAt: Date,
        restraint: Restraint? = nil,
        askedBy: String? = nil
    ) throws -> [CaseID] {
        let said = Statement(
            departure: departure,
            sender: sender,
            delivery: delivery,
            receivedAt: receivedAt,
            caseID: nil
        )
        let cases =
            switch departure.kind {
            case .departed: try departed(said, restraint: restraint, askedBy: askedBy)
            case .reinstated: try reinstated(said)
            }
        for id in cases.isEmpty ? [CaseID?.none] : cases.map(Optional.some) {
            try session.insert(
                Statement(
                    departure: departure,
                    sender: sender,
                    delivery: delivery,
                    receivedAt: receivedAt,
                    caseID: id
                )
            )
        }
        return cases
    }

    private func departed(_ said: Statement, restraint: Restraint?, askedBy: String?) throws -> [CaseID] {
        var open = try session.openCases(sharing: said.departure.emails)
        let isOutdated = try session.statements(about: said.departure.emails).contains {
            $0.departure.kind == .reinstated && $0.orderedAt > said.orderedAt
        }
        if restraint == nil, isOutdated { return try openOutdated(said, beside: open) }
        if open.isEmpty { return [try openNew(said, restraint: restraint, askedBy: askedBy)] }
        // A test or a repeated delivery never moves the case of a real departure.
        guard restraint == nil || restraint == .chat else { return open.map(\.id) }
        let ofShadows = try open.filter(isOfShadows)
        if shadows.contains(said.sender) {
            // What a shadow says moves no case of another sender.
            if ofShadows.count < open.count { return open.map(\.id) }
        } else if !ofShadows.isEmpty {
            let reason = "sender \(said.sender), which is not in shadow mode, says so, too"
            let superseded = try ofShadows.flatMap { try supersede($0, because: reason) }
            open.removeAll { one in ofShadows.contains { $0.id == one.id } }
            if open.isEmpty {
                let new = try openNew(said, restraint: restraint, askedBy: askedBy)
                for statement in superseded { try session.insert(statement.of(new)) }
                return [new]
            }
        }
        // Who asks in a chat neither hastens what another sender put off nor holds what runs already.
        guard restraint == nil else { return open.map(\.id) }
        let onlyAsked = try open.filter(isOnlyAsked)
        for one in onlyAsked { _ = try supersede(one, because: "sender \(said.sender) says so, too, and need not ask") }
        open.removeAll { one in onlyAsked.contains { $0.id == one.id } }
        if open.isEmpty { return [try openNew(said, restraint: nil, askedBy: askedBy)] }
        var taken = Set(open.flatMap(\.emails))
        for (index, joined) in open.enumerated() {
            var joined = joined
            if index == 0 {
                joined.aliases += said.departure.emails.filter { taken.insert($0).inserted }
            }
            try join(&joined, said)
        }
        return open.map(\.id)
    }

    /// Whether only senders in shadow mode told of a case, so that nobody is removed for it.
    private func isOfShadows(_ open: Case) throws -> Bool {
        guard !shadows.isEmpty, try session.tellers(of: open).allSatisfy(shadows.contains) else { return false }
        // Begun before its sender became a shadow; it goes on.
        return try !session.removals(of: open.id).contains { $0.attempts > 0 }
    }

    /// Whether a case was asked for in a chat and not approved, so that it must not stand in the way of what is certain.
    private func isOnlyAsked(_ open: Case) throws -> Bool {
        guard open.restraint == .chat, open.approval == nil else { return false }
        return try !session.removals(of: open.id).contains { $0.attempts > 0 }
    }

    /// Ends a case for a sender whose word counts for more, and must not depend on who spoke first.
    ///
    /// - Returns: what was said about it, to be kept with the new case, too.
    private func supersede(_ open: Case, because reason: String) throws -> [Statement] {
        var ended = open
        try ended.apply(.cancelled)
        ended.reason = reason
        ended.finishedAt = now
        ended.dueAt = nil
        try session.update(ended)
        try ChatBoard(session: session, now: now).post(ended)
        return try session.statements(about: open.emails).filter { $0.caseID == open.id }
    }

    private func openNew(_ said: Statement, restraint: Restraint?, askedBy: String?) throws -> CaseID {
        let waits = said.departure.effectiveAt.map { $0 > now } ?? false
        let new = Case(
            id: .make(at: now),
            email: said.departure.email,
            aliases: said.departure.aliases,
            state: waits ? .scheduled : .queued,
            sender: said.sender,
            receivedAt: said.receivedAt,
            occurredAt: said.orderedAt,
            effectiveAt: said.departure.effectiveAt,
            restraint: restraint,
            askedBy: askedBy,
            dueAt: waits ? said.departure.effectiveAt : now
        )
        try session.insert(new)
        return new.id
    }

    /// A departure that arrived after the news that the person is back: kept, and nothing is removed.
    private func openOutdated(_ said: Statement, beside open: [Case]) throws -> [CaseID] {
        guard open.isEmpty else { return open.map(\.id) }
        var new = Case(
            id: .make(at: now),
            email: said.departure.email,
            aliases: said.departure.aliases,
            state: .cancelled,
            sender: said.sender,
            receivedAt: said.receivedAt,
            occurredAt: said.orderedAt,
            effectiveAt: said.departure.effectiveAt,
            dueAt: nil
        )
        new.reason = "a later event said that the person is back"
        new.finishedAt = now
        try session.insert(new)
        return [new.id]
    }

    private func join(_ joined: inout Case, _ said: Statement) throws {
        joined.occurredAt = max(joined.occurredAt, said.orderedAt)
        // A test gives way to the real departure of the same address.
        if joined.restraint == .test { joined.restraint = nil }
        if let effectiveAt = joined.effectiveAt {
            joined.effectiveAt = said.departure.effectiveAt.map { min($0, effectiveAt) }
        }
        try joined.apply(.joined)
        switch joined.state {
        case .scheduled:
            if let effectiveAt = joined.effectiveAt, effectiveAt > now {
                joined.dueAt = effectiveAt
            } else {
                try joined.apply(.due)
                joined.dueAt = now
            }
        case .queued:
            joined.dueAt = now
            joined.result = nil
            joined.reason = nil
        default: break
        }
        try session.update(joined)
    }

    private func reinstated(_ said: Statement) throws -> [CaseID] {
        var touched: [CaseID] = []
        for open in try session.openCases(sharing: said.departure.emails) where open.occurredAt <= said.orderedAt {
            try reinstate(open, said)
            touched.append(open.id)
        }
        for email in said.departure.emails {
            let closed = try session.cases(
                matching: CaseFilter(email: email, states: [.completed], result: .removed, limit: 1)
            )
            for done in closed where done.occurredAt <= said.orderedAt && !touched.contains(done.id) {
                guard try session.openCases(sharing: done.emails).isEmpty else { continue }
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
            try changed.apply(.disputed)
            changed.reason = "sender \(said.sender) says that the person is back, which the departure's sender did not"
            changed.restraint = .disputed
            changed.dueAt = nil
        }
        changed.occurredAt = max(changed.occurredAt, said.orderedAt)
        try session.update(changed)
        try NoticeBoard(session: session, now: now).post(changed)
        try ChatBoard(session: session, now: now).post(changed)
    }
}

extension Statement {
    /// The same, as it went to another case.
    fileprivate func of(_ other: CaseID) -> Statement {
        Statement(departure: departure, sender: sender, delivery: delivery, receivedAt: receivedAt, caseID: other)
    }
}
