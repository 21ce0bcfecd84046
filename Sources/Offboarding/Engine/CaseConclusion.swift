import Foundation
import Logging

/// Puts a case where it belongs at the end of a run.
struct CaseConclusion: Sendable {
    let parts: EngineParts
    let doubts: [Plan.Doubt]
    let judgement: Judgement
    /// See ``WorkContext``, which a transaction's thread does not know.
    let trace: TraceParent?
    /// 0 to 1.
    let jitter: Double

    func finish(_ mine: Case, with result: Case.Result, in session: any StoreSession) throws -> CaseRunner.Step {
        var done = mine
        try done.apply(.finished)
        done.result = result
        if result != .dryRun { done.reason = nil }
        done.finishedAt = parts.time.now()
        done.dueAt = nil
        done.troubles = 0
        done.troubleSince = nil
        try session.note(
            .proven(done, by: judgement.reading, at: session.now, instant: parts.time.instant())
        )
        try session.update(done)
        try WatchList(session: session, now: parts.time.now()).begin(after: done)
        try ChatBoard(session: session, now: parts.time.now()).post(done)
        if result != .dryRun {
            try NoticeBoard(session: session, now: parts.time.now())
                .postCompletion(done, removals: try session.removals(of: done.id))
        }
        log(done, level: .info)
        return .settled(done)
    }

    /// - Parameter isWave: whether only limits on how many people may go are in the way.
    func hold(
        _ mine: Case,
        because reasons: [String],
        isWave: Bool,
        in session: any StoreSession
    ) throws -> CaseRunner.Step {
        var held = mine
        try held.apply(.held)
        held.reason = reasons.joined(separator: "; ")
        held.approval = nil
        held.dueAt = nil
        held.troubles = 0
        held.troubleSince = nil
        try session.update(held)
        let board = NoticeBoard(session: session, now: parts.time.now())
        if isWave { try board.postOfWave(held) } else { try board.post(held) }
        try ChatBoard(session: session, now: parts.time.now()).post(held)
        log(held, level: .warning)
        return .settled(held)
    }

    func attention(_ mine: Case, because reasons: [String], in session: any StoreSession) throws -> CaseRunner.Step {
        let now = parts.time.now()
        var stuck = mine
        try stuck.apply(.stuck)
        stuck.reason = reasons.joined(separator: "; ")
        stuck.troubles += 1
        stuck.troubleSince = stuck.troubleSince ?? now
        stuck.dueAt = now.addingTimeInterval(parts.retry.ceiling)
        try session.update(stuck)
        try NoticeBoard(session: session, now: now).post(stuck)
        try ChatBoard(session: session, now: now).post(stuck)
        log(stuck, level: .warning)
        return .settled(stuck)
    }

    /// Puts a case back that is not done: `retrying` where waiting may help, `attention` where only a person can, or
    /// where the trouble has lasted too long (rule 11).
    ///
    /// What can help itself is tried again soon, also beside what needs a person.
    func trouble(
        _ mine: Case,
        open: [Removal],
        credentials: [CredentialEnding] = [],
        in session: any StoreSession
    ) throws -> CaseRunner.Step {
        let forPerson =
            doubts.filter { $0.remedy == .person }.map(\.message)
            + open.filter { $0.outcome == .operator }.map(Self.text)
            + credentials.filter { $0.outcome == .operator }.map(\.trouble)
        let passing =
            doubts.filter { $0.remedy == .waiting }.map(\.message)
            + open.filter { $0.outcome == .retrying }.map(Self.text)
            + credentials.filter { $0.outcome == .retrying }.map(\.trouble)
        if passing.isEmpty { return try attention(mine, because: forPerson, in: session) }
        let now = parts.time.now()
        var back = mine
        back.troubles += 1
        let since = back.troubleSince ?? now
        back.troubleSince = since
        let lasted = now.timeIntervalSince(since) >= parts.retry.attentionAfter
        try back.apply(lasted || !forPerson.isEmpty ? .stuck : .troubled)
        back.reason = (forPerson + passing).joined(separator: "; ")
        let delay =
            lasted ? parts.retry.ceiling : parts.retry.delay(afterTroubles: back.troubles, jitter: jitter)
        back.dueAt = now.addingTimeInterval(delay)
        try session.update(back)
        try NoticeBoard(session: session, now: now).post(back)
        try ChatBoard(session: session, now: now).post(back)
        log(back, level: back.state == .attention && mine.reason != back.reason ? .warning : .info)
        return .settled(back)
    }

    private static func text(_ removal: Removal) -> String {
        let place = removal.organizationID.map { "organization \($0)" } ?? "key \(removal.key)"
        let what = removal.detail ?? "the person is still listed"
        return "\(place): \(what)"
    }

    private func log(_ settled: Case, level: Logger.Level) {
        var metadata: Logger.Metadata = [
            "case": "\(settled.id)", "state": "\(settled.state.rawValue)", "sender": "\(settled.sender)",
        ]
        if let trace { metadata["trace"] = "\(trace)" }
        if let result = settled.result { metadata["result"] = "\(result.rawValue)" }
        if let reason = settled.reason { metadata["reason"] = "\(reason)" }
        if settled.state == .held, let digest = settled.planDigest { metadata["plan_digest"] = "\(digest)" }
        parts.logger.log(level: level, "case \(settled.state.rawValue)", metadata: metadata)
    }
}
