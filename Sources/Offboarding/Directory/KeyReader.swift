/// Reads one key's lists from Vultr, and remembers its owner.
actor KeyReader {
    private let key: VultrKey
    private let access: any VultrAccess
    private let time: any TimeSource
    private var owner: KnownOwner?

    private struct KnownOwner {
        let address: EmailAddress?
        let readAt: ContinuousClock.Instant
    }

    /// How long an owner's email is believed. An owner changes about never; a call for each reading would cost as many
    /// calls as there are keys.
    private static let ownerMemory: Duration = .seconds(600)

    init(_ keyAccess: KeyAccess, time: any TimeSource) {
        key = keyAccess.key
        access = keyAccess.access
        self.time = time
    }

    func invitations() async -> Result<Listing<Invitation>, VultrError> {
        await Self.result { () async throws(VultrError) in try await self.access.invitations() }
    }

    /// Every list of the key that a plan or a proof needs.
    ///
    /// - Parameter began: when the reading began, for whoever wants one that began later than something.
    func read(began: ContinuousClock.Instant) async -> KeyReading {
        async let users = Self.result { () async throws(VultrError) in try await self.access.users() }
        async let owners = owners()
        let organizations = await Self.result { () async throws(VultrError) in try await self.access.organizations() }
        let suspended = await suspendedUsers(of: organizations)
        do throws(VultrError) {
            return KeyReading(
                key: key,
                began: began,
                ended: time.instant(),
                organizations: try organizations.get(),
                users: try await users.get(),
                suspended: suspended,
                owners: try await owners.get()
            )
        } catch {
            return KeyReading(key: key, began: began, ended: time.instant(), failure: error)
        }
    }

    private func suspendedUsers(
        of organizations: Result<Listing<Organization>, VultrError>
    ) async -> [OrganizationID: Result<Listing<VultrUser>, VultrError>] {
        guard case .success(let listing) = organizations else { return [:] }
        return await withTaskGroup(of: (OrganizationID, Result<Listing<VultrUser>, VultrError>).self) { group in
            for organization in listing.rows where key.covers(organization.id) {
                group.addTask {
                    let id = organization.id
                    return (
                        id,
                        await Self.result { () async throws(VultrError) in
                            try await self.access.suspendedUsers(of: id)
                        }
                    )
                }
            }
            var answers: [OrganizationID: Result<Listing<VultrUser>, VultrError>] = [:]
            for await (id, answer) in group { answers[id] = answer }
            return answers
        }
    }

    /// The owner's emails: the account's, and the configured one (rule 5).
    ///
    /// A key whose owner is unknown could remove its own owner; so it counts as unreadable until `owner` is configured.
    private func owners() async -> Result<[EmailAddress], VultrError> {
        let configured = key.owner.map { [$0] } ?? []
        if let owner, time.instant() - owner.readAt < Self.ownerMemory {
            return .success(configured + (owner.address.map { [$0] } ?? []))
        }
        switch await Self.result({ () async throws(VultrError) in try await self.access.accountEmail() }) {
        case .success(let email):
            let address = try? EmailAddress(email)
            guard address != nil || key.owner != nil else {
                return .failure(VultrError(.operatorNeeded, message: Self.ownerMissing(key)))
            }
            owner = KnownOwner(address: address, readAt: time.instant())
            return .success(configured + (address.map { [$0] } ?? []))
        case .failure(let error):
            if key.owner != nil { return .success(configured) }
            guard error.code == .operatorNeeded || error.code == .notFound else { return .failure(error) }
            if error.status == 401 { return .failure(error) }
            return .failure(VultrError(.operatorNeeded, status: error.status, message: Self.ownerMissing(key)))
        }
    }

    private static func ownerMissing(_ key: VultrKey) -> String {
        "the key's account cannot be read, so its owner cannot be protected: set owner for key \(key.name)"
    }

    private static func result<Answer: Sendable>(
        _ call: @Sendable () async throws(VultrError) -> Answer
    ) async -> Result<Answer, VultrError> {
        do throws(VultrError) {
            return .success(try await call())
        } catch {
            return .failure(error)
        }
    }
}
