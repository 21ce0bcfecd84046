import Foundation

/// One of the calls that the simulated API knows.
enum Call: Sendable, Equatable {
    case organizations
    case organization(String)
    case restore(String)
    case suspendedUsers(String)
    case remove(organization: String, user: String)
    case suspend(organization: String, user: String)
    case unsuspend(organization: String, user: String)
    case users
    case user(String)
    /// `DELETE /v2/users/{user}` deletes a person's sign-in itself; offboarding must never send it.
    case deleteAccount(String)
    case account
    case apiKeys(String)
    case endAPIKey(String, of: String)
    case sessions(String)
    case endSession(String)
    case invitations
    case invitation(String)
    case unknown

    /// - Parameter path: the path as it was sent, still percent-encoded.
    init(method: String, path: String) {
        let segments = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map { segment in
            segment.removingPercentEncoding ?? String(segment)
        }
        guard segments.first == "v2" else {
            self = .unknown
            return
        }
        self = Self.match(method, Array(segments.dropFirst()))
    }

    private static func match(_ method: String, _ segments: [String]) -> Call {
        switch (method, segments.count, segments.first) {
        case ("GET", 1, "organizations"): .organizations
        case ("GET", 2, "organizations"): .organization(segments[1])
        case ("GET", 3, "organizations") where segments[2] == "suspended-users": .suspendedUsers(segments[1])
        case ("PATCH", 3, "organizations") where segments[2] == "restore": .restore(segments[1])
        case ("DELETE", 4, "organizations") where segments[2] == "user":
            .remove(organization: segments[1], user: segments[3])
        case ("PUT", 5, "organizations") where segments[2] == "user" && segments[4] == "suspend":
            .suspend(organization: segments[1], user: segments[3])
        case ("PUT", 5, "organizations") where segments[2] == "user" && segments[4] == "unsuspend":
            .unsuspend(organization: segments[1], user: segments[3])
        case ("GET", 1, "users"): .users
        case ("GET", 2, "users"): .user(segments[1])
        case ("DELETE", 2, "users"): .deleteAccount(segments[1])
        case ("GET", 3, "users") where segments[2] == "apikeys": .apiKeys(segments[1])
        case ("DELETE", 4, "users") where segments[2] == "apikeys": .endAPIKey(segments[3], of: segments[1])
        case ("GET", 4, "assumed-roles") where segments[1] == "users" && segments[3] == "sessions":
            .sessions(segments[2])
        case ("DELETE", 2, "assumed-roles"): .endSession(segments[1])
        case ("GET", 1, "account"): .account
        case ("GET", 1, "invitation"): .invitations
        case ("GET", 2, "invitation"): .invitation(segments[1])
        default: .unknown
        }
    }

    /// Whether the answer is a list in pages.
    var isList: Bool {
        switch self {
        case .organizations, .suspendedUsers, .users, .invitations: true
        default: false
        }
    }

    /// The organization that the path names.
    var organization: String? {
        switch self {
        case .organization(let id), .restore(let id), .suspendedUsers(let id): id
        case .remove(let id, _), .suspend(let id, _), .unsuspend(let id, _): id
        default: nil
        }
    }

    /// The user that the path names.
    var user: String? {
        switch self {
        case .remove(_, let id), .suspend(_, let id), .unsuspend(_, let id), .user(let id), .deleteAccount(let id),
            .apiKeys(let id), .endAPIKey(_, of: let id), .sessions(let id):
            id
        default: nil
        }
    }
}
