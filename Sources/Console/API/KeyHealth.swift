import Foundation
import Offboarding
import Presentation

/// How a key does, by its last reading.
struct KeyHealth: Sendable {
    enum State: String, Sendable {
        /// Its last reading was whole.
        case good
        /// It was read, and a list of it does not prove itself.
        case unproven
        /// It could not be read.
        case failing
        /// It was not read since the daemon began.
        case unread
    }

    let name: String
    let state: State
    /// When the last reading ended.
    let readAt: Date?
    let problem: String?
    let users: Int
    let organizations: [(id: String, name: String, isCovered: Bool)]

    init(_ latest: LatestReading, at now: Date, instant: ContinuousClock.Instant) {
        name = latest.key.name
        guard let reading = latest.reading else {
            state = .unread
            (readAt, problem, users, organizations) = (nil, nil, 0, [])
            return
        }
        readAt = now.addingTimeInterval(-(instant - reading.ended).seconds)
        users = reading.users.rows.count
        organizations = reading.organizations.rows.map { organization in
            (organization.id.text, organization.name, reading.key.covers(organization.id))
        }
        let missing = reading.missing.map(\.text).joined(separator: ", ")
        if let failure = reading.failure {
            state = .failing
            problem = "\(failure)"
        } else if let doubt = reading.organizations.doubt ?? reading.users.doubt {
            state = .unproven
            problem = doubt
        } else if !missing.isEmpty {
            state = .failing
            problem = "it does not list \(missing)"
        } else {
            state = .good
            problem = nil
        }
    }

    var json: JSONOutput {
        .object([
            ("name", .text(name)), ("state", .text(state.rawValue)), ("read_at", .optional(readAt)),
            ("problem", .optional(problem)), ("users", .integer(users)),
            (
                "organizations",
                .list(
                    organizations.map { one in
                        .object([
                            ("id", .text(one.id)), ("name", .text(one.name)), ("covered", .boolean(one.isCovered)),
                        ])
                    }
                )
            ),
        ])
    }
}

extension Duration {
    /// In seconds.
    var seconds: TimeInterval { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
