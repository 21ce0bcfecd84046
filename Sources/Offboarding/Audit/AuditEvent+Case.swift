public import Foundation

/// A case as its last entry and its row have it, for telling what a change means.
public struct AuditedCase: Sendable {
    /// The state that was last entered; `nil` where none was.
    public let entered: CaseState?
    /// The state that is kept, which workers change without an entry.
    public let state: CaseState
    public let result: Case.Result?
    public let reason: String?
    public let approvedAt: Date?

    public init(
        entered: CaseState?,
        state: CaseState,
        result: Case.Result?,
        reason: String?,
        approvedAt: Date?
    ) {
        self.entered = entered
        self.state = state
        self.result = result
        self.reason = reason
        self.approvedAt = approvedAt
    }
}

extension AuditEvent {
    /// A case was opened.
    public static func opened(_ new: Case, by actor: AuditActor, at now: Date) -> AuditEvent {
        AuditEvent(
            .caseOpened,
            at: now,
            actor: said(by: new.sender, actor, askedBy: new.askedBy),
            people: new.emails,
            caseID: new.id,
            facts: [
                "state": .text(new.state.rawValue),
                "sender": fact(new.sender),
                "received_at": fact(new.receivedAt),
                "occurred_at": fact(new.occurredAt),
                "effective_at": fact(new.effectiveAt),
                "restraint": new.restraint.map { .text($0.rawValue) },
                "reason": fact(new.reason),
            ]
        )
    }

    /// What a change of a case is, if it is more than a worker's taking it, giving it back, or trying again in the same
    /// trouble.
    public static func changed(
        _ after: Case,
        from before: AuditedCase,
        by actor: AuditActor,
        at now: Date
    ) -> AuditEvent? {
        if after.state == .queued, let approval = after.approval, approval.at != before.approvedAt {
            return approved(after, approval, at: now)
        }
        guard let kind = kind(of: after, from: before) else { return nil }
        var facts: [String: AuditValue?] = ["reason": fact(after.reason)]
        if let result = after.result { facts["result"] = .text(result.rawValue) }
        if !after.uncovered.isEmpty { facts["uncovered"] = .list(after.uncovered.map { .text($0.text) }) }
        let showsPlan = after.state == .held || after.state == .completed || after.state == .refused
        return AuditEvent(
            kind,
            at: now,
            actor: actor,
            people: after.emails,
            caseID: after.id,
            facts: facts,
            sealedFacts: showsPlan ? planFact(after.planDigest) : [:]
        )
    }

    private static func kind(of after: Case, from before: AuditedCase) -> Kind? {
        let isSame = before.entered == after.state && before.reason == after.reason && before.result == after.result
        switch after.state {
        case .running: return nil
        // Given back by a worker, or joined while it waits; what was said is an entry of its own.
        case .queued: return before.state == .running || before.state == .queued ? nil : .caseQueued
        case .scheduled: return isSame ? nil : .caseScheduled
        case .held: return isSame ? nil : .caseHeld
        case .retrying: return isSame ? nil : .caseRetrying
        case .attention: return isSame ? nil : .caseAttention
        case .completed: return isSame ? nil : .caseCompleted
        case .cancelled: return isSame ? nil : .caseCancelled
        case .refused: return isSame ? nil : .caseRefused
        }
    }

    private static func approved(_ case: Case, _ approval: Approval, at now: Date) -> AuditEvent {
        AuditEvent(
            .caseApproved,
            at: now,
            actor: .person(approval.by),
            people: `case`.emails,
            caseID: `case`.id,
            facts: [
                "covered": approval.covered.map { covered in .list(covered.sorted().map(fact)) }
            ],
            sealedFacts: planFact(approval.digest)
        )
    }

    /// A plan's digest is over the person's email and ids that are in other entries: whoever guesses the email could see
    /// that they are right.
    private static func planFact(_ digest: String?) -> [String: String] { digest.map { ["plan": $0] } ?? [:] }

    private static func fact(_ membership: Membership) -> AuditValue {
        .list([.text(membership.organization.text), .text(membership.user.text)])
    }

    /// Somebody said something about a person.
    public static func said(_ statement: Statement, by actor: AuditActor, at now: Date) -> AuditEvent {
        AuditEvent(
            statement.departure.kind == .departed ? .personDeparted : .personReinstated,
            at: now,
            actor: said(by: statement.sender, actor, askedBy: nil),
            people: statement.departure.emails,
            caseID: statement.caseID,
            delivery: statement.delivery,
            facts: [
                "sender": fact(statement.sender),
                "received_at": fact(statement.receivedAt),
                "occurred_at": fact(statement.departure.occurredAt),
                "effective_at": fact(statement.departure.effectiveAt),
            ]
        )
    }

    /// A person who asked counts before the sender through whom they did.
    private static func said(by sender: String, _ actor: AuditActor, askedBy: String?) -> AuditActor {
        if case .person = actor { return actor }
        return askedBy.map(AuditActor.person) ?? .sender(sender)
    }
}
