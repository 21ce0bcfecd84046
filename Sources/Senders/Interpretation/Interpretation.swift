public import Offboarding

/// What a body says: departures, events that are about nobody's departure, and events that a person must look at.
public struct Interpretation: Sendable, Equatable {
    /// In the order of the body.
    public var departures: [Departure] = []
    /// Why events were ignored, one text an event.
    public var ignored: [String] = []
    /// Why events could not be resolved, one text an event. Never holds an email.
    public var unresolved: [String] = []

    public init() {}

    /// The state of the delivery: unresolved as soon as one event is, so that a person looks; its other events go on.
    public var state: Delivery.State {
        if !unresolved.isEmpty { return .unresolved }
        return departures.isEmpty ? .ignored : .interpreted
    }

    /// The reason to keep with the delivery: the first few of them, or `nil` where all is well.
    public var reason: String? {
        let reasons = unresolved.isEmpty ? (departures.isEmpty ? ignored : []) : unresolved
        guard !reasons.isEmpty else { return nil }
        let shown = reasons.prefix(5).joined(separator: "; ")
        return reasons.count > 5 ? "\(shown); and \(reasons.count - 5) more" : shown
    }
}
