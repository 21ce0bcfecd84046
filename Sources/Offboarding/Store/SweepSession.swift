public import Foundation

/// Those who are looked for again, as they can be read inside a transaction.
public protocol SweepReadings {
    func watch(of id: CaseID) throws -> Watch?
    /// Everybody who is looked for, the longest due first.
    func watches() throws -> [Watch]
    /// Those who are looked for and share an email.
    func watches(sharing emails: [EmailAddress]) throws -> [Watch]
    /// The watch that a case was opened for.
    func watch(followedBy id: CaseID) throws -> Watch?
    /// Whether somebody's look became due after one time and no later than another.
    func hasLookDue(after earlier: Date, by now: Date) throws -> Bool
    /// In the order in which they were kept.
    func invitations(of id: CaseID) throws -> [CaseInvitation]
    /// `nil` before anything was kept of sweeps.
    func sweepSchedule() throws -> SweepSchedule?
}

/// Those who are looked for again, as they can be changed inside a transaction.
public protocol SweepSession: SweepReadings {
    /// Takes the place of the case's watch, if it has one.
    func save(_ watch: Watch) throws
    func replaceInvitations(of id: CaseID, with invitations: [CaseInvitation]) throws
    /// Takes the place of the schedule.
    func save(_ schedule: SweepSchedule) throws
}
