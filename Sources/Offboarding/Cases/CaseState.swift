/// Where a case stands (rule 11).
public enum CaseState: String, Sendable, Codable, CaseIterable {
    /// Waits for its effective time.
    case scheduled
    /// Waits for a worker.
    case queued
    /// A worker has it.
    case running
    /// Waits for a person's decision.
    case held
    /// Failed for a reason that passes; tried again by itself, without end.
    case retrying
    /// Needs a person; still tried again at the ceiling.
    case attention
    case completed
    case cancelled
    case refused

    /// Whether work or a decision is still owed.
    public var isOpen: Bool {
        switch self {
        case .scheduled, .queued, .running, .held, .retrying, .attention: true
        case .completed, .cancelled, .refused: false
        }
    }
}

/// What can happen to a case.
public enum CaseEvent: String, Sendable, CaseIterable {
    /// Its effective time came.
    case due
    /// A worker took it.
    case claimed
    /// Its worker stopped or died before it was done.
    case released
    /// The plan needs a person's yes.
    case held
    /// A try failed for a reason that passes.
    case troubled
    /// Only a person can help, or the trouble has lasted too long.
    case stuck
    /// Proven done.
    case finished
    /// A person approved a plan.
    case approved
    /// A person refused.
    case refused
    /// A person asked for another try now.
    case retried
    /// A person ended it.
    case cancelled
    /// A person ended a case whose removals were all proven before it came to need attention.
    case acknowledged
    /// Another departure of the same person arrived.
    case joined
    /// The same sender says that the person is back, before any DELETE was sent.
    case reinstated
    /// A sender says that the person is back, after a DELETE was sent.
    case reinstatedTooLate
    /// Another sender says that the person is back, before any DELETE was sent.
    case disputed
    /// A person asked to run a finished dry run for real.
    case rerun
}

extension CaseState {
    /// The one transition function: where a case stands after an event, or `nil` where the event cannot happen.
    ///
    /// Pure. The diagram in this folder's README is checked against it.
    public func after(_ event: CaseEvent) -> CaseState? {
        switch (self, event) {
        case (.scheduled, .due), (.scheduled, .retried): .queued
        case (.queued, .claimed), (.retrying, .claimed), (.attention, .claimed): .running
        case (.running, .released): .queued
        case (.running, .held): .held
        case (.running, .troubled): .retrying
        case (.running, .stuck): .attention
        case (.running, .finished): .completed
        case (.held, .approved): .queued
        case (.held, .refused): .refused
        case (.retrying, .retried), (.attention, .retried), (.queued, .retried): .queued
        case (.scheduled, .cancelled), (.queued, .cancelled), (.running, .cancelled), (.held, .cancelled),
            (.retrying, .cancelled), (.attention, .cancelled):
            .cancelled
        case (.attention, .acknowledged): .completed
        case (.scheduled, .joined): .scheduled
        case (.queued, .joined), (.retrying, .joined), (.attention, .joined): .queued
        case (.running, .joined): .running
        case (.held, .joined): .held
        case (.scheduled, .reinstated), (.queued, .reinstated), (.running, .reinstated), (.held, .reinstated),
            (.retrying, .reinstated), (.attention, .reinstated):
            .cancelled
        case (.queued, .reinstatedTooLate), (.running, .reinstatedTooLate), (.held, .reinstatedTooLate),
            (.retrying, .reinstatedTooLate), (.attention, .reinstatedTooLate), (.completed, .reinstatedTooLate):
            .attention
        case (.scheduled, .disputed), (.queued, .disputed), (.running, .disputed), (.held, .disputed),
            (.retrying, .disputed), (.attention, .disputed):
            .held
        case (.completed, .rerun): .queued
        default: nil
        }
    }
}

/// An event that cannot happen in the state in which the case is.
public struct ImpossibleTransition: Error, Equatable, CustomStringConvertible {
    public let state: CaseState
    public let event: CaseEvent

    public var description: String { "a case that is \(state.rawValue) cannot be \(event.rawValue)" }
}

extension Case {
    /// Moves the case by an event.
    ///
    /// - Throws: ``ImpossibleTransition``, and then nothing has changed.
    public mutating func apply(_ event: CaseEvent) throws(ImpossibleTransition) {
        guard let next = state.after(event) else { throw ImpossibleTransition(state: state, event: event) }
        state = next
        if next != .running { lease = nil }
    }
}
