import Foundation
import Logging

extension Sweeper {
    /// What a reading shows beside people.
    static func report(of reading: DirectoryReading, _ invited: [KeyInvitations], beganAt: Date) -> SweepReport {
        var problems: [SweepReport.Problem] = []
        var remarks: [String] = []
        for key in reading.keys {
            problems += Planner.doubts(about: key, showsPerson: true).map { doubt in
                SweepReport.Problem(key: doubt.key, message: doubt.message, passes: doubt.remedy == .waiting)
            }
            remarks += Planner.doubts(about: key, showsPerson: false).filter(\.isElsewhere).map(\.message)
        }
        for key in invited {
            switch key.answer {
            case .success(let listing):
                if let doubt = listing.doubt {
                    remarks.append("key \(key.key): the invitations are not proven complete: \(doubt)")
                }
            case .failure(let error): remarks.append("key \(key.key): the invitations cannot be read: \(error)")
            }
        }
        return SweepReport(
            beganAt: beganAt,
            endedAt: beganAt,
            people: 0,
            back: [],
            opened: [],
            invited: [],
            uncovered: reading.uncovered,
            problems: problems,
            remarks: remarks
        )
    }

    /// Keeps what a sweep found, and when the next one is due; tells what nobody sees.
    func finish(_ report: inout SweepReport, asked: Int) async throws {
        report.endedAt = parts.time.now()
        let (done, policy, retry) = (report, policy, parts.retry)
        try await parts.store.write { session in
            let now = done.endedAt
            var schedule = try session.sweepSchedule() ?? SweepSchedule(dueAt: now)
            schedule.answered = max(schedule.answered, asked)
            schedule.troubleSince = done.problems.isEmpty ? nil : schedule.troubleSince ?? done.beganAt
            // Who could not be looked for is not put off for a whole period.
            let period = done.problems.isEmpty ? policy.every : min(policy.every, max(retry.ceiling, 1))
            schedule.dueAt = done.beganAt.addingTimeInterval(period)
            schedule.last = done
            try session.save(schedule)
            try Self.tell(done, schedule, attentionAfter: retry.attentionAfter, in: session)
        }
        log(done)
    }

    /// Tells of organizations that no key covers, and of lists that have been out of reach for long; each once.
    private static func tell(
        _ done: SweepReport,
        _ schedule: SweepSchedule,
        attentionAfter: TimeInterval,
        in session: any StoreSession
    ) throws {
        let board = NoticeBoard(session: session, now: done.endedAt)
        func tell(_ subject: String, _ reason: String?, because cause: String) throws {
            guard let reason else { return try board.withdraw(subject) }
            let notice = Notice(kind: .sweep, at: done.endedAt, sender: sender, reason: reason)
            try board.post(notice, about: subject, because: cause)
        }
        let ids = done.uncovered.map(\.text).joined(separator: ", ")
        try tell(
            "uncovered organizations",
            ids.isEmpty ? nil : "no key acts on organization \(ids); whoever is a member there is not removed",
            because: ids
        )
        let lasted = schedule.troubleSince.map { done.endedAt.timeIntervalSince($0) >= attentionAfter } ?? false
        guard lasted || done.problems.isEmpty else { return }
        let keys = Set(done.problems.map(\.key)).sorted().joined(separator: ", ")
        try tell(
            "sweep in trouble",
            lasted ? "not everybody could be looked for: " + done.problems.map(\.message).joined(separator: "; ") : nil,
            because: keys
        )
    }

    /// What stands for the sender in notices of sweeps.
    static let sender = "sweep"

    private func log(_ done: SweepReport) {
        parts.logger.info(
            "sweep done",
            metadata: [
                "people": "\(done.people)", "back": "\(done.back.count)", "invited": "\(done.invited.count)",
                "removed_again": "\(done.opened.count)",
            ]
        )
        if !done.uncovered.isEmpty {
            let ids = done.uncovered.map(\.text).joined(separator: ",")
            parts.logger.warning("no key acts on some organizations", metadata: ["organizations": "\(ids)"])
        }
        if !done.problems.isEmpty {
            let problems = done.problems.map(\.message).joined(separator: "; ")
            parts.logger.warning("the sweep could not read everything", metadata: ["problems": "\(problems)"])
        }
        if !done.remarks.isEmpty {
            let remarks = done.remarks.joined(separator: "; ")
            parts.logger.info("the sweep does not see everything", metadata: ["remarks": "\(remarks)"])
        }
    }

    /// Waits for an answer, but not when the task is cancelled: readings of the directory are shared and go on.
    static func unlessCancelled<Answer: Sendable>(
        _ operation: @escaping @Sendable () async -> Answer
    ) async -> Answer? {
        let (answers, answered) = AsyncStream.makeStream(of: Answer.self)
        Task {
            answered.yield(await operation())
            answered.finish()
        }
        for await answer in answers { return answer }
        return nil
    }
}
