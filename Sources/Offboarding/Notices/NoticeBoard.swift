public import Foundation

/// Puts up notices, in the transaction of what they tell, and each only once until its cause changes.
public struct NoticeBoard {
    let session: any StoreSession
    let now: Date

    public init(session: any StoreSession, now: Date) {
        self.session = session
        self.now = now
    }

    /// A wave is over when nobody was held by a limit for so many seconds: the shortest window that is usual.
    static let waveEnds: TimeInterval = 3600
    private static let wave = "wave of held cases"

    /// Tells that a case is held by a limit, unless others were a short while ago: of four hundred departures a person
    /// hears once, and looks at all that are held.
    func postOfWave(_ case: Case) throws {
        let last = try session.noticeCause(of: Self.wave).flatMap(TimeInterval.init).map(
            Date.init(timeIntervalSince1970:)
        )
        try session.setNoticeCause(String(Int(now.timeIntervalSince1970)), of: Self.wave)
        // A clock that was set back begins a new wave: rather told twice than not.
        if let last, (0..<Self.waveEnds).contains(now.timeIntervalSince(last)) { return }
        var first = `case`
        first.reason =
            "\(first.reason ?? "over a limit"); whoever else a limit holds in this wave is not told one by one, see "
            + "cases --state held"
        try post(first)
    }

    /// Tells that a case is held or in attention; nothing in any other state.
    public func post(_ case: Case) throws {
        let kind: Notice.Kind
        switch `case`.state {
        case .held: kind = .held
        case .attention: kind = .attention
        default: return
        }
        let reason = `case`.reason ?? "no reason is known"
        let digest = kind == .held ? `case`.planDigest : nil
        let notice = notice(kind, about: `case`, planDigest: digest, because: reason)
        try post(notice, about: Self.subject(`case`.id), because: "\(kind.rawValue) \(digest ?? "") \(reason)")
    }

    /// What notices about a case are about.
    static func subject(_ id: CaseID) -> String { "case \(id)" }

    /// Everything that notices about a case and what came after it can be about.
    public static func subjects(of id: CaseID) -> [String] {
        [subject(id), InvitationBoard.subject(id), Watch.subject(id), deadline(id)]
    }

    /// What stands for having told that a case is past its deadline.
    public static func deadline(_ id: CaseID) -> String { "case \(id), deadline" }

    /// Tells that somebody still has access, once for each case.
    func postDeadline(_ case: Case) throws {
        let minutes = Int(DeadlineTeller.deadline / 60)
        let why = `case`.reason.map { ": \($0)" } ?? ""
        let reason = "access still live after \(minutes) minutes; the case is \(`case`.state.rawValue)\(why)"
        let digest = `case`.state == .held ? `case`.planDigest : nil
        let notice = notice(.deadline, about: `case`, planDigest: digest, because: reason)
        try post(notice, about: Self.deadline(`case`.id), because: "past it")
    }

    /// Tells that somebody was removed or had no account; of a dry run there is nothing to tell.
    func postCompletion(_ case: Case, removals: [Removal]) throws {
        let took = `case`.timeToRevoke.map { " in \(Digest.text($0))" } ?? ""
        let reason: String
        switch `case`.result {
        case .removed:
            let places = removals.count { $0.outcome == .removed || $0.outcome == .absent }
            let some = `case`.uncovered.isEmpty ? "" : "covered "
            reason = "removed from \(places) \(some)organization\(places == 1 ? "" : "s")\(took)"
        case .noAccount: reason = "has no account"
        case .dryRun, nil: return
        }
        try session.insert(try traced(notice(.completed, about: `case`, because: reason)))
    }

    private func notice(
        _ kind: Notice.Kind,
        about case: Case,
        planDigest: String? = nil,
        because reason: String
    ) -> Notice {
        Notice(
            kind: kind,
            at: now,
            sender: `case`.sender,
            caseID: `case`.id,
            email: `case`.email,
            receivedAt: `case`.receivedAt,
            planDigest: planDigest,
            reason: reason
        )
    }

    /// A notice with the trace of what it comes from.
    private func traced(_ notice: Notice) throws -> Notice {
        var notice = notice
        notice.trace = try (notice.caseID.flatMap(session.trace) ?? notice.delivery.flatMap(session.trace))?.text
        return notice
    }

    /// Puts up a notice unless the same was told about the same before.
    ///
    /// - Parameters:
    ///   - subject: what it is about.
    ///   - cause: what it is about it, in a form that changes only when a person should hear of it again.
    public func post(_ notice: Notice, about subject: String, because cause: String) throws {
        if let told = try session.noticeCause(of: subject), told.utf8.elementsEqual(cause.utf8) { return }
        try session.setNoticeCause(cause, of: subject)
        try session.insert(try traced(notice))
    }

    /// Forgets what was told about something: it is over, and would be news again.
    public func withdraw(_ subject: String) throws {
        guard try session.noticeCause(of: subject) != nil else { return }
        try session.setNoticeCause(nil, of: subject)
    }
}
