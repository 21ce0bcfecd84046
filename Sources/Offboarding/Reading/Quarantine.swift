public import Foundation

/// Sets deliveries aside that cannot be read, and puts them back. Runs inside one transaction.
public struct Quarantine {
    let session: any StoreSession
    let now: Date

    public init(session: any StoreSession, now: Date) {
        self.session = session
        self.now = now
    }

    /// Sets a delivery aside and tells a person once.
    func setAside(_ suspect: Suspect, because failure: ReadingFailure) throws {
        let reason = "set aside after \(suspect.tries) tries: \(failure.rawValue)"
        try session.settle(suspect.delivery, as: .quarantined, reason: reason)
        _ = try session.takeRepetition(of: suspect.delivery)
        try session.forgetFailedReadings(of: suspect.delivery)
        let notice = Notice(
            kind: .quarantined,
            at: now,
            sender: suspect.sender,
            delivery: suspect.delivery,
            reason: reason
        )
        try NoticeBoard(session: session, now: now).post(
            notice,
            about: Self.subject(suspect.delivery),
            because: "quarantined"
        )
    }

    /// Has a delivery read again, with all its tries before it.
    func putBack(_ id: DeliveryID) throws {
        try session.putBack(id)
        try NoticeBoard(session: session, now: now).withdraw(Self.subject(id))
    }

    private static func subject(_ id: DeliveryID) -> String { "delivery \(id)" }
}
