import Foundation

/// What persons ask of everything that is kept of somebody: to see it, and to have it erased.
public struct PersonDesk: Sendable {
    private let store: any Store

    public init(store: any Store) { self.store = store }

    /// Everything that is kept of a person, by one of their emails.
    ///
    /// - Throws: ``StoreError``.
    public func file(of email: EmailAddress) async throws -> PersonFile {
        try await store.read { try PersonFile(of: email, in: $0) }
    }

    /// Erases everything that is kept of a person, but for what tells a repeated delivery.
    ///
    /// - Parameter person: who asks: the operating system's user.
    /// - Returns: what was there.
    /// - Throws: ``PersonDeskError`` while something of theirs is open; ``StoreError``. Then nothing has changed.
    public func erase(_ email: EmailAddress, by person: String) async throws -> PersonFile {
        let erased = try await store.write { session in
            let file = try PersonFile(of: email, in: session)
            if let open = file.cases.first(where: \.state.isOpen) { throw PersonDeskError.open(open.id) }
            let unsettled = file.deliveries.first { ![.interpreted, .ignored].contains($0.state) }
            if let unsettled { throw PersonDeskError.unsettled(unsettled.id) }
            guard !file.isEmpty else { return file }
            // Before their salts go.
            try session.note(.erased(file, by: .person(person), at: session.now))
            try session.erase(file)
            return file
        }
        // What is erased from the tables may still stand in the log.
        try await store.scrub()
        return erased
    }
}

/// Everything that is kept of one person.
public struct PersonFile: Sendable {
    /// The email that was asked for, and all that a case of theirs has beside it.
    public let emails: [EmailAddress]
    /// Newest first.
    public let cases: [Case]
    public let statements: [Statement]
    /// Whole, where their bodies are still kept.
    public let deliveries: [Delivery]
    public let sightings: [SightingRecord]
    public let notices: [Notice]

    /// Whether there is nothing.
    public var isEmpty: Bool {
        cases.isEmpty && statements.isEmpty && deliveries.isEmpty && sightings.isEmpty && notices.isEmpty
    }

    init(of email: EmailAddress, in session: any StoreReadings) throws {
        var emails = [email]
        var seen: Set<EmailAddress> = [email]
        var found: [CaseID: Case] = [:]
        // An alias may lead to an older case under another email; the same person has few.
        var next = 0
        while next < emails.count, next < Self.mostEmails {
            for one in try session.cases(matching: CaseFilter(email: emails[next])) {
                found[one.id] = one
                for other in one.emails where seen.insert(other).inserted { emails.append(other) }
            }
            next += 1
        }
        self.emails = emails
        cases = found.values.sorted { $0.id > $1.id }
        statements = try session.statements(about: emails)
        deliveries = try session.deliveries(about: emails)
        sightings = try session.sightings(of: emails)
        notices = try session.notices(about: emails)
    }

    /// Emails that are followed from case to case: more than a person has, and an end to a mistake.
    static let mostEmails = 100
}

/// Why somebody cannot be erased now.
public enum PersonDeskError: Error, Sendable, Equatable, CustomStringConvertible {
    case open(CaseID)
    case unsettled(DeliveryID)

    public var description: String {
        switch self {
        case .open(let id): "case \(id) is open: let it end, cancel it or refuse it first"
        case .unsettled(let id): "delivery \(id) is not settled: resolve it first"
        }
    }
}
