public import Foundation

/// The audit chain, as it can be read inside a transaction.
public protocol AuditReadings {
    /// Entries in order, from the one behind `sequence` on.
    func auditEntries(after sequence: Int64, limit: Int) throws -> [AuditEntry]
    /// The newest entries, newest first: of a case or of all, below a number or from the end.
    func newestAuditEntries(of id: CaseID?, below sequence: Int64?, limit: Int) throws -> [AuditEntry]
    /// The entries about a case, in order.
    func auditEntries(of id: CaseID) throws -> [AuditEntry]
    func auditEntry(_ sequence: Int64) throws -> AuditEntry?
    /// The first and the last entry of a time; `nil` where there is none. Where a clock was set back, what is between
    /// them may be of another time.
    func auditSpan(from: Date?, to: Date?) throws -> ClosedRange<Int64>?
    /// Signed heads in order, from the one of entry `sequence` on.
    func auditHeads(from sequence: Int64, limit: Int) throws -> [AuditCheckpoint]
    /// What the chain is now, signed where its last entry is; `nil` where it is empty.
    func auditCheckpoint() throws -> AuditCheckpoint?
    /// The keys that signed heads, as they were when they did: whoever can write the store can add one.
    func auditKeys() throws -> [[UInt8]]
    /// The salt of an address; `nil` where nothing was said of it, or where it was erased.
    func auditSalt(of email: EmailAddress) throws -> [UInt8]?
    /// All salts that are kept, in the order of the addresses.
    func auditSalts(after email: EmailAddress?, limit: Int) throws -> [(email: EmailAddress, salt: [UInt8])]
    /// The entry that says that a delivery was accepted; `nil` for those of versions without a chain.
    func auditSequence(of delivery: DeliveryID) throws -> Int64?
}

/// The audit chain, as it can be added to inside a transaction. Changes of deliveries, cases, removals, overrides and
/// watches are entered by the store itself, in the transaction that makes them, so that none can be forgotten.
public protocol AuditSession: AnyObject, AuditReadings {
    /// Who does what this transaction changes; ``AuditActor/engine`` unless it is said otherwise.
    var actor: AuditActor { get set }
    /// The time for entries.
    var now: Date { get }

    /// Appends an entry. People in it become commitments; an address that has no salt gets one.
    func note(_ event: AuditEvent) throws
}

extension AuditSession {
    /// Does something on somebody's behalf: what changes meanwhile is entered as theirs.
    public func acting<Answer>(as actor: AuditActor, _ body: () throws -> Answer) rethrows -> Answer {
        let before = self.actor
        self.actor = actor
        defer { self.actor = before }
        return try body()
    }
}
