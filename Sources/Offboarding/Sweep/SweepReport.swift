public import Foundation

/// What one sweep found.
public struct SweepReport: Sendable, Equatable, Codable {
    /// What kept a key's lists from being the whole truth.
    public struct Problem: Sendable, Equatable, Codable {
        public let key: String
        /// For people; without an email.
        public let message: String
        /// Whether waiting may help; otherwise a person must act.
        public let passes: Bool
    }

    public let beganAt: Date
    public var endedAt: Date
    /// How many people were looked for.
    public var people: Int
    /// The cases whose people are back.
    public var back: [CaseID]
    /// The cases that were opened to remove them again.
    public var opened: [CaseID]
    /// The cases whose people have an open invitation.
    public var invited: [CaseID]
    /// Organizations that some key lists and no key acts on (rule 12).
    public let uncovered: [OrganizationID]
    /// With any, who was not found is not proven to be gone.
    public let problems: [Problem]
    /// What this sweep could not see, whatever it tries: for people; without an email.
    public let remarks: [String]
}

/// When the next sweep is due, who waits for one, and what the last one found.
public struct SweepSchedule: Sendable, Equatable {
    public var dueAt: Date
    /// How often a sweep was asked for.
    public var asked: Int
    /// How many of these the last sweep answered.
    public var answered: Int
    /// Since when no sweep could read everything.
    public var troubleSince: Date?
    public var last: SweepReport?

    public init(dueAt: Date, asked: Int = 0, answered: Int = 0, troubleSince: Date? = nil, last: SweepReport? = nil) {
        self.dueAt = dueAt
        self.asked = asked
        self.answered = answered
        self.troubleSince = troubleSince
        self.last = last
    }
}

/// Asks the daemon for a sweep through the store.
public struct SweepDesk: Sendable {
    private let store: any Store
    private let time: any TimeSource

    public init(store: any Store, time: any TimeSource) {
        self.store = store
        self.time = time
    }

    /// Asks for a sweep that begins from now on.
    ///
    /// - Returns: what ``answer(to:)`` wants to know.
    public func ask() async throws -> Int {
        let now = time.now()
        return try await store.write { session in
            var schedule = try session.sweepSchedule() ?? SweepSchedule(dueAt: now)
            schedule.asked += 1
            try session.save(schedule)
            return schedule.asked
        }
    }

    /// What the sweep found that was asked for; `nil` while there is none yet.
    public func answer(to asked: Int) async throws -> SweepReport? {
        try await store.read { session in
            guard let schedule = try session.sweepSchedule(), schedule.answered >= asked else { return nil }
            return schedule.last
        }
    }
}
