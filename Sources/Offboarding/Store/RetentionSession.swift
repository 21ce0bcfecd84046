/// What is kept of one person, as it can be read inside a transaction.
public protocol RetentionReadings {
    /// The deliveries that said something about any of the emails, oldest first. One whose body is no longer kept has an
    /// empty one.
    func deliveries(about emails: [EmailAddress]) throws -> [Delivery]
    func sightings(of emails: [EmailAddress]) throws -> [SightingRecord]
    func notices(about emails: [EmailAddress]) throws -> [Notice]
}

/// What goes, by its age or because a person asks.
public protocol RetentionSession: RetentionReadings {
    /// Lets some of what is older than the horizon go, the oldest first; nothing that is open.
    ///
    /// - Parameter limit: rows of each kind.
    func ageOut(_ horizon: RetentionHorizon, limit: Int) throws -> AgedOut
    /// Deletes everything in a person's file, the bodies of what told of them, and the salts without which the audit chain
    /// names nobody.
    func erase(_ file: PersonFile) throws
}
