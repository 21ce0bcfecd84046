import Foundation
public import Logging

/// Has checkpoints of the audit chain leave this machine: a line in the log at the start, every hour and at the end, and a
/// notice every day. Whoever cuts or rewrites the chain would have to change these, too.
public final class CheckpointTeller: Sendable {
    private let store: any Store
    private let time: any TimeSource
    private let instruments: AuditInstruments
    private let logger: Logger

    /// Seconds between two lines.
    static let interval: TimeInterval = 3600
    /// Seconds between two notices.
    static let noticeInterval: TimeInterval = 86_400
    private static let subject = "audit checkpoint"

    public init(
        store: any Store,
        time: any TimeSource,
        instruments: AuditInstruments = AuditInstruments(),
        logger: Logger
    ) {
        self.store = store
        self.time = time
        self.instruments = instruments
        self.logger = logger
    }

    /// Tells until the task is cancelled.
    public func run() async {
        await lookForLostEnd()
        while !Task.isCancelled {
            await tell()
            do { try await time.sleep(seconds: Self.interval) } catch { return }
        }
    }

    /// Writes a line, and puts up the day's notice if it is due.
    public func tell() async {
        do {
            guard let checkpoint = try await store.read({ try $0.auditCheckpoint() }) else { return }
            logger.info("audit checkpoint", metadata: ["checkpoint": "\(checkpoint.text)"])
            instruments.told(at: time.now())
            try await postIfDue(checkpoint)
        } catch {
            logger.warning("there is no audit checkpoint this time", metadata: ["error": "\(error)"])
        }
    }

    /// Puts up a notice if the last one is a day old. The first one comes a day after the first start, over restarts.
    private func postIfDue(_ checkpoint: AuditCheckpoint) async throws {
        let now = time.now()
        let told = try await store.read { try $0.noticeCause(of: Self.subject) }.flatMap(TimeInterval.init)
        let since = told.map { now.timeIntervalSince1970 - $0 }
        // A clock that was set back: count from now on.
        if let since, (0..<Self.noticeInterval).contains(since) { return }
        try await store.write { session in
            try session.setNoticeCause(String(Int(now.timeIntervalSince1970)), of: Self.subject)
            guard let since, since >= 0 else { return }
            try session.insert(
                Notice(kind: .checkpoint, at: now, sender: Case.commandLine, reason: checkpoint.text)
            )
        }
    }

    /// A signed head whose entry is not there: the chain was cut.
    private func lookForLostEnd() async {
        do {
            let lost = try await store.read { session -> Int64? in
                let last = try session.auditCheckpoint()?.sequence ?? 0
                return try session.auditHeads(from: last + 1, limit: 1).first?.sequence
            }
            guard let lost else { return }
            logger.error("the end of the audit chain is missing", metadata: ["signed_entry": "\(lost)"])
        } catch {
            logger.warning("the end of the audit chain was not looked for", metadata: ["error": "\(error)"])
        }
    }
}
