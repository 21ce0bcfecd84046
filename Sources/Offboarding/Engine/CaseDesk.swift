import Foundation

/// What persons ask of cases: open, approve, refuse, retry, cancel. Decides nothing by itself; the engine does.
public struct CaseDesk: Sendable {
    private let store: any Store
    private let time: any TimeSource
    private let policy: Policy

    public init(store: any Store, time: any TimeSource, policy: Policy) {
        self.store = store
        self.time = time
        self.policy = policy
    }

    /// Opens a case for a person, or joins the open one.
    ///
    /// - Throws: ``StoreError``.
    public func open(_ email: EmailAddress, askedBy: String) async throws -> CaseID {
        let now = time.now()
        let policy = policy
        return try await store.write { session in
            let departure = Departure(kind: .departed, email: email, occurredAt: now)
            let cases = try session.acting(as: .person(askedBy)) {
                try CaseLedger(session: session, now: now, policy: policy).record(
                    departure,
                    sender: Case.commandLine,
                    delivery: nil,
                    receivedAt: now,
                    askedBy: askedBy
                )
            }
            guard let id = cases.first else { throw CaseDeskError.noCase }
            return id
        }
    }

    /// Approves held cases' plans: each the plan of a digest, or with `nil` the plan that the next reading shows.
    ///
    /// An approval covers that plan or a part of it; if the next reading shows anything more, the case is held anew under
    /// a new digest (rule 17). All are decided in one transaction: hundreds of them one after the other would wait for the
    /// daemon's own work each time. One that cannot be approved stops none of the others.
    ///
    /// - Returns: why some were not approved, in the order given.
    /// - Throws: ``StoreError``, and then nothing has changed.
    public func approve(
        _ plans: [(id: CaseID, digest: String?)],
        by person: String
    ) async throws -> [(id: CaseID, error: CaseDeskError)] {
        try await rule(plans.map(\.id)) { rulings, index in
            try rulings.approve(plans[index].id, digest: plans[index].digest, by: person)
        }
    }

    /// Ends held cases without removing anybody, in one transaction; as ``approve(_:by:)``.
    public func refuse(_ ids: [CaseID], by person: String) async throws -> [(id: CaseID, error: CaseDeskError)] {
        try await rule(ids) { rulings, index in try rulings.refuse(ids[index], by: person) }
    }

    private func rule(
        _ ids: [CaseID],
        _ ruling: @escaping @Sendable (CaseRulings, Int) throws -> Void
    ) async throws -> [(id: CaseID, error: CaseDeskError)] {
        let now = time.now()
        let fourEyes = policy.fourEyes
        return try await store.write { session in
            let rulings = CaseRulings(session: session, now: now, fourEyes: fourEyes)
            var refusals: [(id: CaseID, error: CaseDeskError)] = []
            for index in ids.indices {
                do { try ruling(rulings, index) } catch let error as CaseDeskError {
                    refusals.append((ids[index], error))
                }
            }
            return refusals
        }
    }

    /// Has a case tried now.
    public func retry(_ id: CaseID, by person: String) async throws {
        let now = time.now()
        try await change(id, choosing: { _ in .retried }, as: person, { retried in retried.dueAt = now })
    }

    /// Ends an open case; nothing that was removed comes back.
    public func cancel(_ id: CaseID, by person: String) async throws {
        let now = time.now()
        try await change(id, choosing: Self.ending, as: person) { ended in
            ended.reason = ended.state == .cancelled ? "cancelled by \(person)" : nil
            ended.finishedAt = ended.finishedAt ?? now
            ended.dueAt = nil
        }
    }

    /// Runs finished dry runs for real (rule 15): the newest of each person, unless a case of the person is open.
    public func rerunDryRuns(by person: String) async throws -> [CaseID] {
        let now = time.now()
        return try await store.write { session in
            var rerun: [CaseID] = []
            for done in try Self.dryRuns(in: session) {
                guard try session.openCases(sharing: done.emails).isEmpty else { continue }
                var again = done
                try again.apply(.rerun)
                again.result = nil
                again.reason = nil
                again.finishedAt = nil
                again.planDigest = nil
                again.dueAt = now
                try session.replaceRemovals(of: again.id, with: [])
                try session.acting(as: .person(person)) { try session.update(again) }
                rerun.append(again.id)
            }
            return rerun
        }
    }

    /// The cases that ``rerunDryRuns(by:)`` would run.
    public func finishedDryRuns() async throws -> [CaseID] {
        try await store.read { session in try Self.dryRuns(in: session).map(\.id) }
    }

    private static func dryRuns(in session: any StoreReadings) throws -> [Case] {
        try session.cases(matching: CaseFilter(states: [.completed], result: .dryRun)).filter { $0.restraint != .test }
    }

    private static func ending(_ open: Case) -> CaseEvent {
        open.state == .attention && open.result != nil ? .acknowledged : .cancelled
    }

    private func change(
        _ id: CaseID,
        choosing event: @escaping @Sendable (Case) -> CaseEvent,
        as person: String,
        _ change: @escaping @Sendable (inout Case) throws -> Void
    ) async throws {
        let now = time.now()
        let fourEyes = policy.fourEyes
        try await store.write { session in
            try CaseRulings(session: session, now: now, fourEyes: fourEyes).change(
                id,
                choosing: event,
                as: person,
                change
            )
        }
    }
}

/// Why a case cannot be changed as asked.
public enum CaseDeskError: Error, Sendable, CustomStringConvertible {
    case unknownCase(CaseID)
    case impossible(CaseID, ImpossibleTransition)
    /// The digest is not the present plan's.
    case otherPlan(present: String?)
    /// Whoever asked for the case would approve it, and the policy asks for four eyes.
    case samePerson(CaseID)
    case noCase

    public var description: String {
        switch self {
        case .unknownCase(let id): "there is no case \(id)"
        case .impossible(let id, let transition): "case \(id): \(transition)"
        case .otherPlan(let present): "the plan has changed; its digest is now \(present ?? "none")"
        case .samePerson(let id): "case \(id): policy.four_eyes asks for somebody else than who asked to approve it"
        case .noCase: "no case was opened"
        }
    }
}
