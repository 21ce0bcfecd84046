public import Offboarding

/// A person's API keys and role sessions. What is in these paths and answers is secret: nothing of it, and nothing of what
/// Vultr says about it, is in an error or a log.
extension VultrKeyClient {
    public func apiKeys(of user: UserID) async throws(VultrError) -> Listing<Credential> {
        let path = "/users/\(try segment(user, "user"))/apikeys"
        return try await list(APIKeyRow.self, .apiKeys, path: path)
    }

    public func endAPIKey(_ credential: Credential, of user: UserID) async throws(VultrError) {
        guard let handle = BaseURL.segment(credential.handle) else { throw Self.unusable }
        let path = "/users/\(try segment(user, "user"))/apikeys/\(handle)"
        _ = try await delete(Call(.endAPIKey, path: path))
    }

    public func roleSessions(of user: UserID) async throws(VultrError) -> Listing<Credential> {
        let path = "/assumed-roles/users/\(try segment(user, "user"))/sessions"
        return try await list(RoleSessionRow.self, .roleSessions, path: path)
    }

    public func endRoleSession(_ credential: Credential) async throws(VultrError) {
        // A token may hold any character, and be longer than an id.
        let handle = BaseURL.encoded(credential.handle)
        guard !handle.isEmpty, handle.contains(where: { $0 != "." }) else { throw Self.unusable }
        let path = "/assumed-roles/\(handle)"
        _ = try await delete(Call(.endRoleSession, path: path))
    }

    private static var unusable: VultrError {
        VultrError(.operatorNeeded, message: "a credential's id cannot be put in a path; nothing was sent")
    }
}
