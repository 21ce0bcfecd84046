internal import Foundation
internal import Offboarding

extension SQLSession {
    func losses(since: Date) throws -> [StoreLoss] {
        try rows("SELECT * FROM losses WHERE found_at >= ? ORDER BY sequence", [since.milliseconds]).map(Self.loss)
    }

    func takeUntoldLosses() throws -> [StoreLoss] {
        let untold = try rows("SELECT * FROM losses WHERE is_told = 0 ORDER BY sequence").map(Self.loss)
        if !untold.isEmpty { try execute("UPDATE losses SET is_told = 1 WHERE is_told = 0", []) }
        return untold
    }

    /// Keeps what a comparison found, with what can be seen now of what is left.
    ///
    /// - Parameter isConsistent: whether what is left holds together.
    func recordLoss(
        pages: UInt64,
        claim: CommitMark.Claim,
        isConsistent: Bool,
        evidence: String?,
        at now: Date
    ) throws -> StoreLoss {
        let newest = try newestDelivery()
        let loss = StoreLoss(
            foundAt: Date(milliseconds: now.milliseconds),
            pages: Int(clamping: pages),
            deliveries: Int(max(0, claim.sequence - (newest?.sequence ?? 0))),
            keptUntil: newest.map { Date(milliseconds: $0.receivedAt) },
            lostUntil: claim.sequence > 0 ? Date(milliseconds: claim.receivedAt) : nil,
            isConsistent: isConsistent,
            evidence: evidence
        )
        try execute(
            """
            INSERT INTO losses (found_at, pages, deliveries, kept_until, lost_until, is_consistent, evidence, is_told)
            VALUES (\(Self.placeholders(8)))
            """,
            [
                loss.foundAt.milliseconds, loss.pages, loss.deliveries, loss.keptUntil?.milliseconds,
                loss.lostUntil?.milliseconds, loss.isConsistent, loss.evidence, false,
            ]
        )
        return loss
    }

    func newestDelivery() throws -> NewestDelivery? {
        let newest = try row("SELECT sequence, received_at FROM deliveries ORDER BY sequence DESC LIMIT 1", [])
        return newest.map { NewestDelivery(sequence: $0[0], receivedAt: $0[1]) }
    }

    private static func loss(_ row: SQLRow) -> StoreLoss {
        StoreLoss(
            foundAt: Date(milliseconds: row["found_at"]),
            pages: row["pages"],
            deliveries: row["deliveries"],
            keptUntil: date(row["kept_until"]),
            lostUntil: date(row["lost_until"]),
            isConsistent: row["is_consistent"],
            evidence: row["evidence"]
        )
    }
}
