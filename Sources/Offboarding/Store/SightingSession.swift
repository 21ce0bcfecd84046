public import Foundation

/// Who was seen under which address, as it can be read inside a transaction.
public protocol SightingReadings {
    /// The memberships that were ever seen under any of these addresses.
    func memberships(seenUnder emails: [EmailAddress]) throws -> Set<Membership>
    /// What was seen in an organization at or after a time.
    func sightings(in organization: OrganizationID, since: Date) throws -> Set<Sighting>
}

/// The same, as it can be changed inside a transaction.
public protocol SightingSession: SightingReadings {
    /// Keeps that these were seen at a time, for the first time or again.
    func keep(_ sightings: [Sighting], at now: Date) throws
}
