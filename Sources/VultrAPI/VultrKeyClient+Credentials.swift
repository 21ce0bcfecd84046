public import Offboarding

/// A person's API keys and role sessions. What is in these paths and answers is secret: nothing of it, and nothing of what
/// Vultr says about it, is in an error or a log.
extension VultrKeyClient {
    public func apiKeys(of user: UserID) async throws(VultrError) -> Listing<Credential> {
        try await credentials(
            APIKeyRow.self,
            path: "/users/\(try segment(user, "user"))/apikeys",
            label: "/v2/users/{user}/apikeys"
        )
    }

    public func endAPIKey(_ credential: Credential, of user: UserID) async throws(VultrError) {
        guard let handle = BaseURL.segment(credential.handle) else { throw Self.unusable }
        let path = "/users/\(try segment(user, "user"))/apikeys/\(handle)"
        _ = try await delete(Call(method: .delete, label: "/v2/users/{user}/apikeys/{key}", path: path, isSecret: true))
    }

    public func roleSessions(of user: UserID) async throws(VultrError) -> Listing<Credential> {
        try await credentials(
            RoleSessionRow.self,
            path: "/assumed-roles/users/\(try segment(user, "user"))/sessions",
            label: "/v2/assumed-roles/users/{user}/sessions"
        )
    }

    public func endRoleSession(_ credential: Credential) async throws(VultrError) {
        // A token may hold any character, and be longer than an id.
        let handle = BaseURL.encoded(credential.handle)
        guard !handle.isEmpty, handle.contains(where: { $0 != "." }) else { throw Self.unusable }
        let path = "/assumed-roles/\(handle)"
        _ = try await delete(Call(method: .delete, label: "/v2/assumed-roles/{session}", path: path, isSecret: true))
    }

    /// All rows; one that cannot be ended, for want of an id or a token, needs a person.
    private func credentials<Row: ListedRow>(
        _ row: Row.Type,
        path: String,
        label: String
    ) async throws(VultrError) -> Listing<Credential> where Row.Item == Credential {
        let listing = try await list(row, path: path, label: label, isSecret: true)
        if listing.rows.isEmpty, let doubt = listing.doubt, doubt.contains("without an id") {
            throw VultrError(.operatorNeeded, message: "GET \(label): \(doubt)")
        }
        return listing
    }

    private static var unusable: VultrError {
        VultrError(.operatorNeeded, message: "a credential's id cannot be put in a path; nothing was sent")
    }
}
