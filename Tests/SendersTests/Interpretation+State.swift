import Offboarding

extension Interpretation {
    /// The state in which a delivery ends that says this.
    var state: Delivery.State {
        if !unresolved.isEmpty { return .unresolved }
        return departures.isEmpty ? .ignored : .interpreted
    }
}
