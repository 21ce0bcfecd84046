import Foundation

/// Remembers whom proven lists show under which address.
///
/// A list that shows what it showed before costs nothing; of the others the store is asked what it knows, outside any
/// transaction that a sender waits for, and told the rest.
actor AddressMemory {
    private let store: any Store
    private let time: any TimeSource
    /// What each key showed when it was last kept, and when that was.
    private var kept: [String: (sightings: Set<Sighting>, at: Date)] = [:]
    /// The reading of each key that was kept last, or is being kept: cases that run together share one.
    private var latest: [String: ContinuousClock.Instant] = [:]

    /// A sighting is kept again after so many seconds, so that it is known when it was last true.
    static let refresh: TimeInterval = 86_400
    /// Sightings kept in one transaction. Senders wait behind it for their answers.
    static let inOneTransaction = 500

    init(store: any Store, time: any TimeSource) {
        self.store = store
        self.time = time
    }

    /// Keeps what is new in a reading.
    ///
    /// - Throws: ``StoreError``; then it is kept with the next reading.
    func keep(_ reading: DirectoryReading) async throws {
        let now = time.now()
        for key in reading.keys where latest[key.key.name] != key.began {
            let sightings = key.sightings
            latest[key.key.name] = key.began
            if let last = kept[key.key.name], last.sightings == sightings,
                abs(now.timeIntervalSince(last.at)) < Self.refresh
            {
                continue
            }
            do { try await keep(sightings, at: now) } catch {
                latest[key.key.name] = nil
                throw error
            }
            kept[key.key.name] = (sightings, now)
        }
    }

    private func keep(_ sightings: Set<Sighting>, at now: Date) async throws {
        let organizations = Set(sightings.map(\.membership.organization))
        let recent = now.addingTimeInterval(-Self.refresh)
        let known = try await store.read { session in
            try organizations.reduce(into: Set<Sighting>()) { known, organization in
                known.formUnion(try session.sightings(in: organization, since: recent))
            }
        }
        var new = Array(sightings.subtracting(known))
        while !new.isEmpty {
            let some = Array(new.suffix(Self.inOneTransaction))
            new.removeLast(some.count)
            try await store.write { try $0.keep(some, at: now) }
        }
    }
}
