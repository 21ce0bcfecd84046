public import Foundation

/// Work that one daemon does for all: whoever has its lease.
public enum SharedWork: String, Sendable, CaseIterable {
    case sweep
}

/// Leases of work, as they can be taken inside a transaction.
public protocol WorkLeaseSession {
    /// Takes or extends the lease of a piece of work.
    ///
    /// - Returns: `false` while another owner has it.
    func takeLease(of work: SharedWork, owner: String, now: Date, until: Date) throws -> Bool
    /// Gives it back, where the owner has it.
    func endLease(of work: SharedWork, owner: String) throws
}
