internal import Foundation
internal import Offboarding

/// What the log had been claimed to hold and does not hold any more.
struct MissingLog {
    let claim: CommitMark.Claim
    /// Whether there is no log at all. Another process may have copied it back and emptied it since it was claimed, so that
    /// this alone is no loss.
    let isGone: Bool
    /// The pages that are missing or damaged.
    let pages: UInt64
    /// Where the log is kept as it was found; `nil` where it could not be kept or is gone altogether.
    let evidence: String?

    /// Compares, and keeps the log where a part of it is missing.
    ///
    /// - Parameter claim: `nil` where nothing was claimed, or another process is at it.
    /// - Returns: `nil` where everything is there.
    init?(of path: String, claim: CommitMark.Claim?, at now: Date) {
        guard let claim, claim.frames > 0 else { return nil }
        let log: String
        do { log = try StoreFile.log(of: path) } catch {
            // Without a store there is no log either.
            log = path + "-wal"
        }
        let check = LogCheck(log, claim: claim)
        guard let taken = check.taken, taken < claim.frames else { return nil }
        self.claim = claim
        isGone = check.isGone
        pages = claim.frames - taken
        evidence = check.isGone ? nil : Self.keep(log, at: now)
    }

    private static func keep(_ log: String, at now: Date) -> String? {
        let kept = "\(log).damaged-\(StoreRestore.stamp(now))"
        do {
            try NewFile.copy(log, to: kept)
            return kept
        } catch {
            // What can be told is told without it.
            return nil
        }
    }
}
