import Foundation

/// Says of a delivery what its parts come to. Runs inside one transaction.
struct DeliverySettlement {
    let session: any StoreSession
    let now: Date

    /// Sets the delivery's state by its parts: unresolved while a person must look at any of them, accepted while a lookup
    /// is awaited, interpreted otherwise.
    ///
    /// - Parameter note: what is said of a delivery that has become interpreted.
    /// - Returns: the state, and why.
    @discardableResult
    func settle(_ id: DeliveryID, sender: String, note: String? = nil) throws -> (Delivery.State, String?) {
        let counts = try session.countParts(of: id)
        let open = (counts[.failed] ?? 0) + (counts[.overdue] ?? 0)
        let waiting = counts[.waiting] ?? 0
        let (state, reason): (Delivery.State, String?)
        if open > 0 {
            let shown = try session.parts(of: id, in: [.failed, .overdue], limit: Interpretation.mostReasons)
            let reasons = shown.map { $0.reason ?? "no reason is known" }
            let rest = open > shown.count ? ["and \(open - shown.count) more"] : []
            (state, reason) = (.unresolved, (reasons + rest).joined(separator: "; "))
        } else if waiting > 0 {
            (state, reason) = (.accepted, "\(waiting == 1 ? "a lookup is" : "\(waiting) lookups are") awaited")
        } else {
            (state, reason) = (.interpreted, note)
        }
        try session.settle(id, as: state, reason: reason)
        if state == .unresolved, let reason {
            let notice = Notice(
                kind: .unresolved,
                at: now,
                sender: sender,
                delivery: id,
                reason: reason
            )
            let cause = "failed \(counts[.failed] ?? 0), overdue \(counts[.overdue] ?? 0)"
            try NoticeBoard(session: session, now: now).post(notice, about: "delivery \(id)", because: cause)
        }
        return (state, reason)
    }
}
