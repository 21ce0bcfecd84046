extension Directory {
    /// The credentials of one user that a key shows.
    func credentials(_ place: CredentialEnding.Place) async throws(VultrError) -> Listing<Credential> {
        let access = try access(place)
        return switch place.kind {
        case .apiKeys: try await access.apiKeys(of: place.user)
        case .roleSessions: try await access.roleSessions(of: place.user)
        }
    }

    /// Ends one of them, never while the key's lists are being read (rule 2).
    ///
    /// - Returns: whether it was there to be ended.
    func end(_ credential: Credential, _ place: CredentialEnding.Place) async throws(VultrError) -> Bool {
        guard let directory = directory(of: place.key) else { throw Self.unknown(place.key) }
        let result: Result<Bool, VultrError> = await directory.gate.removing {
            do throws(VultrError) {
                switch place.kind {
                case .apiKeys: try await directory.access.endAPIKey(credential, of: place.user)
                case .roleSessions: try await directory.access.endRoleSession(credential)
                }
                return .success(true)
            } catch {
                return error.code == .notFound ? .success(false) : .failure(error)
            }
        }
        return try result.get()
    }

    private func access(_ place: CredentialEnding.Place) throws(VultrError) -> any VultrAccess {
        guard let directory = directory(of: place.key) else { throw Self.unknown(place.key) }
        return directory.access
    }

    private static func unknown(_ key: String) -> VultrError {
        VultrError(.operatorNeeded, message: "key \(key) is not configured any more")
    }
}
