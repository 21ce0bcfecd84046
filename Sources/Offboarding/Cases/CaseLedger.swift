public import Foundation

/// Keeps what is said about people, and moves their cases accordingly (rule 13). Runs inside one transaction.
public struct CaseLedger {
    let session: any StoreSession
    let now: Date
    /// The senders in shadow mode; see ``Policy/shadows``.
    let shadows: Set<String>
    /// See ``Policy/grace``.
    let grace: TimeInterval

    public init(session: any StoreSession, now: Date, policy: Policy) {
        self.session = session
        self.now = now
        shadows = policy.shadows
        grace = policy.grace
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
        let contradiction = try restraint == nil ? contradiction(of: said) : nil
        if let contradiction {
            let isOwn = contradiction.sender == said.sender
            let ofOthers = try open.filter { try !isOfShadows($0) }
            if shadows.contains(said.sender), !ofOthers.isEmpty { return open.map(\.id) }
            let joined = shadows.contains(said.sender) ? open : ofOthers
            if joined.isEmpty {
                if !isOwn { for one in open { _ = try supersede(one, because: Self.outranked(by: said.sender)) } }
                return [try openContradicted(said, by: contradiction, askedBy: askedBy)]
            }
            if !isOwn { for one in joined { try dispute(one, by: contradiction.sender) } }
            return joined.map(\.id)
        }
        if open.isEmpty { return [try openNew(said, restraint: restraint, askedBy: askedBy)] }
        // A test or a repeated delivery never moves the case of a real departure.
        guard restraint == nil || restraint == .chat else { return open.map(\.id) }
        let ofShadows = try open.filter(isOfShadows)
        if shadows.contains(said.sender) {
            // What a shadow says moves no case of another sender.
            if ofShadows.count < open.count { return open.map(\.id) }
        } else if !ofShadows.isEmpty {
            let superseded = try ofShadows.flatMap { try supersede($0, because: Self.outranked(by: said.sender)) }
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

    private static func outranked(by sender: String) -> String {
        "sender \(sender), which is not in shadow mode, says so, too"
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
        let start = start(effectiveAt: said.departure.effectiveAt, restraint: restraint)
        let new = new(said, start > now ? .scheduled : .queued, restraint: restraint, askedBy: askedBy, dueAt: start)
        try session.insert(new)
        return new.id
    }

    func new(
        _ said: Statement,
        _ state: CaseState,
        restraint: Restraint? = nil,
        askedBy: String?,
        dueAt: Date?
    ) -> Case {
        Case(
            id: .make(at: now),
            email: said.departure.email,
            aliases: said.departure.aliases,
            state: state,
            sender: said.sender,
            receivedAt: said.receivedAt,
            occurredAt: said.orderedAt,
            effectiveAt: said.departure.effectiveAt,
            restraint: restraint,
            askedBy: askedBy,
            dueAt: dueAt
        )
    }

    /// When a departure that is told of now may run. What removes nobody, or waits for a person anyhow, needs no grace.
    private func start(effectiveAt: Date?, restraint: Restraint?) -> Date {
        max(effectiveAt ?? now, restraint == nil ? now.addingTimeInterval(grace) : now)
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
            // What was told before has waited for some of its grace already.
            let start = start(effectiveAt: joined.effectiveAt, restraint: joined.restraint)
            let due = min(joined.dueAt ?? start, start)
            if due <= now { try joined.apply(.due) }
            joined.dueAt = max(due, now)
        case .queued:
            joined.dueAt = now
            joined.result = nil
            joined.reason = nil
        default: break
        }
        try session.update(joined)
    }
}

extension Statement {
    /// The same, as it went to another case.
    fileprivate func of(_ other: CaseID) -> Statement {
        Statement(departure: departure, sender: sender, delivery: delivery, receivedAt: receivedAt, caseID: other)
    }
}
