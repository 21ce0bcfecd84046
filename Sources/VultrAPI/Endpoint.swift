/// The calls that we make, and no others. For logs, errors and metrics: names stand in place of ids.
enum Endpoint: String, Sendable, CaseIterable {
    case organizations = "GET /v2/organizations"
    case users = "GET /v2/users"
    case user = "GET /v2/users/{user}"
    case suspendedUsers = "GET /v2/organizations/{organization}/suspended-users"
    case invitations = "GET /v2/invitation"
    case account = "GET /v2/account"
    case remove = "DELETE /v2/organizations/{organization}/user/{user}"
    case apiKeys = "GET /v2/users/{user}/apikeys"
    case endAPIKey = "DELETE /v2/users/{user}/apikeys/{key}"
    case roleSessions = "GET /v2/assumed-roles/users/{user}/sessions"
    case endRoleSession = "DELETE /v2/assumed-roles/{session}"

    /// Whether what Vultr says of an error may hold a secret that was in the path or would be in the answer.
    var isSecret: Bool {
        switch self {
        case .apiKeys, .endAPIKey, .roleSessions, .endRoleSession: true
        default: false
        }
    }

    var isDelete: Bool { rawValue.hasPrefix("DELETE ") }
}
