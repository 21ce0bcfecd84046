public import Foundation

/// What happened in a day, and what is open at its end.
public struct Digest: Sendable, Equatable, Codable {
    /// Somebody who was removed.
    public struct Person: Sendable, Equatable, Codable {
        public let caseID: CaseID
        /// Filled in when it is sent: what is kept of a digest names nobody, so that erasing a person need not look for it.
        public var email: EmailAddress?
        /// From the departure, told and in effect, to the proof.
        public let seconds: TimeInterval

        public init(caseID: CaseID, seconds: TimeInterval) {
            self.caseID = caseID
            self.seconds = seconds
        }
    }

    /// The most people whom a digest names; ``removed`` says how many there were.
    public static let mostPeople = 20

    public let from: Date
    public let to: Date
    /// Those who were removed, the slowest first.
    public var people: [Person]
    public let removed: Int
    /// Half of them took no longer, in seconds; `nil` where nobody was removed.
    public let median: TimeInterval?
    public let withoutAccount: Int
    public let dryRuns: Int
    /// How many cases are open, by state; those without any are left out.
    public let open: [String: Int]
    public let unresolved: Int
    public let quarantined: Int
    public let back: Int
    /// What the audit chain is, in its text; `nil` where it is empty.
    public let checkpoint: String?

    init(
        from: Date,
        to: Date,
        finished: [Case],
        figures: StoreFigures,
        checkpoint: AuditCheckpoint?
    ) {
        self.from = from
        self.to = to
        let people = finished.compactMap { done in
            done.result == .removed ? done.timeToRevoke.map { Person(caseID: done.id, seconds: $0) } : nil
        }.sorted { $0.seconds > $1.seconds }
        self.people = Array(people.prefix(Self.mostPeople))
        removed = people.count
        median = people.isEmpty ? nil : people[people.count / 2].seconds
        withoutAccount = finished.count { $0.result == .noAccount }
        dryRuns = finished.count { $0.result == .dryRun }
        let states = CaseState.allCases.filter(\.isOpen)
        open = figures.cases.filter { states.contains($0.key) && $0.value > 0 }
            .reduce(into: [:]) { $0[$1.key.rawValue] = $1.value }
        unresolved = figures.unresolved
        quarantined = figures.quarantined
        back = figures.back
        self.checkpoint = checkpoint?.text
    }

    /// For people, in lines.
    public var text: String {
        var lines = [removed == 1 ? "1 person was removed" : "\(removed) people were removed"]
        if let median, let slowest = people.first {
            lines[0] += "; half of them within \(Self.text(median)), the slowest took \(Self.text(slowest.seconds))"
        }
        lines[0] += "."
        lines += people.map { person in
            "- \(person.email.map { "\($0.text), " } ?? "")\(person.caseID): \(Self.text(person.seconds))"
        }
        if removed > people.count { lines.append("- and \(removed - people.count) more") }
        if withoutAccount > 0 { lines.append("Without an account: \(withoutAccount).") }
        if dryRuns > 0 { lines.append("Dry runs: \(dryRuns).") }
        let states = CaseState.allCases.compactMap { state in open[state.rawValue].map { "\($0) \(state.rawValue)" } }
        lines.append(states.isEmpty ? "No case is open." : "Open: \(states.joined(separator: ", ")).")
        let waiting = [
            unresolved > 0 ? "\(unresolved) deliveries do not say who left" : nil,
            quarantined > 0 ? "\(quarantined) deliveries cannot be read" : nil,
            back > 0 ? "\(back) who left are back" : nil,
        ].compactMap { $0 }
        if !waiting.isEmpty { lines.append("For a person: \(waiting.joined(separator: ", ")).") }
        if let checkpoint { lines.append("Audit checkpoint: \(checkpoint)") }
        return lines.joined(separator: "\n")
    }

    /// A time as people say it, such as `4 s`, `12 min` or `3.5 h`.
    static func text(_ seconds: TimeInterval) -> String {
        switch seconds {
        case ..<120: "\(Int(seconds.rounded())) s"
        case ..<7_200: "\(Int((seconds / 60).rounded())) min"
        default: "\((seconds / 360).rounded() / 10) h"
        }
    }
}

extension Case {
    /// Seconds from the departure, told and in effect, to the end of the case; `nil` while it is open.
    var timeToRevoke: TimeInterval? {
        finishedAt.map { max(0, $0.timeIntervalSince(max(receivedAt, effectiveAt ?? receivedAt))) }
    }
}
