import Foundation

@testable import Offboarding

/// Made-up people, organizations and lists.
enum Samples {
    static let avery = "avery.stone@example.com"
    static let start = Date(timeIntervalSince1970: 1_795_536_000)

    static func `case`(
        _ email: String = avery,
        state: CaseState = .queued,
        sender: String = "hr",
        aliases: [String] = []
    ) throws -> Case {
        Case(
            id: CaseID("c_1"),
            email: try EmailAddress(email),
            aliases: try aliases.map { try EmailAddress($0) },
            state: state,
            sender: sender,
            receivedAt: start,
            occurredAt: start,
            dueAt: start
        )
    }

    static func user(_ id: String, _ email: String, service: Bool? = false) -> VultrUser {
        VultrUser(id: UserID(id), email: email, isServiceUser: service)
    }

    static func organization(_ id: String) -> Organization {
        Organization(id: OrganizationID(id), name: "Organization \(id)")
    }

    static func membership(_ organization: String, _ user: String) -> Membership {
        Membership(organization: OrganizationID(organization), user: UserID(user))
    }

    static func proven<Row: Sendable>(_ rows: [Row]) -> Listing<Row> { Listing(rows: rows, doubt: nil) }

    /// A reading of one key, proven unless said otherwise.
    static func reading(
        _ key: VultrKey = VultrKey(name: "production"),
        organizations: [String],
        users: [VultrUser],
        usersDoubt: String? = nil,
        suspended: [String: [VultrUser]] = [:],
        suspendedFailures: [String: VultrError] = [:],
        owners: [String] = ["owner@example.com"]
    ) throws -> KeyReading {
        var lists: [OrganizationID: Result<Listing<VultrUser>, VultrError>] = [:]
        for id in organizations {
            lists[OrganizationID(id)] =
                suspendedFailures[id].map { .failure($0) } ?? .success(proven(suspended[id] ?? []))
        }
        let now = ContinuousClock.now
        return KeyReading(
            key: key,
            began: now,
            ended: now,
            organizations: proven(organizations.map(organization)),
            users: Listing(rows: users, doubt: usersDoubt),
            suspended: lists,
            owners: try owners.map { try EmailAddress($0) }
        )
    }

    static func planner(
        _ email: String = avery,
        aliases: [String] = [],
        policy: Policy = Policy(mode: .enforce),
        sender: String = "hr",
        serviceUsers: [UserID: Bool] = [:]
    ) throws -> Planner {
        Planner(
            email: try EmailAddress(email),
            aliases: try aliases.map { try EmailAddress($0) },
            policy: policy,
            senders: [sender],
            serviceUsers: serviceUsers
        )
    }
}
