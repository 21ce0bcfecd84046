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
    private static let daily = DailyNotice(subject: "audit checkpoint")

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
            let now = time.now()
            try await Self.daily.postIfDue(in: store, at: now) { _, _ in
                Notice(kind: .checkpoint, at: now, sender: Case.commandLine, reason: checkpoint.text)
            }
        } catch {
            logger.warning("there is no audit checkpoint this time", metadata: ["error": "\(error)"])
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
