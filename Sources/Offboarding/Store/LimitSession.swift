public import Foundation

/// What persons allowed beyond the limits, as it can be read inside a transaction.
public protocol LimitReadings {
    /// The overrides that nobody has ended and whose time is not over.
    func limitOverrides(at now: Date) throws -> [LimitOverride]
    /// All of them, those that have ended included, newest first.
    func limitOverrides(limit: Int) throws -> [LimitOverride]
    func limitOverride(_ id: LimitOverrideID) throws -> LimitOverride?
}

/// The same, as it can be changed inside a transaction.
public protocol LimitSession: LimitReadings {
    func insert(_ override: LimitOverride) throws
    /// Keeps when somebody ended it, and who.
    func update(_ override: LimitOverride) throws
}
