/// A configured API key: its name and what it is trusted to cover. The secret itself stays with the client.
public struct VultrKey: Sendable, Equatable {
    public enum Organizations: Sendable, Equatable {
        /// Every organization that the key lists.
        case all
        /// These only; others that the key lists are uncovered, unless another key acts on them.
        case only([OrganizationID])
    }

    /// What the users list of a key that lists several organizations covers (rule 3).
    public enum UsersList: String, Sendable, CaseIterable {
        case oneOrganization = "one_organization"
        case allOrganizations = "all_organizations"
    }

    public let name: String
    public let organizations: Organizations
    public let usersList: UsersList
    /// The owner's email where the key may not read its account.
    public let owner: EmailAddress?

    public init(
        name: String,
        organizations: Organizations = .all,
        usersList: UsersList = .oneOrganization,
        owner: EmailAddress? = nil
    ) {
        self.name = name
        self.organizations = organizations
        self.usersList = usersList
        self.owner = owner
    }

    /// Whether the key is configured to act on an organization that it lists.
    public func covers(_ organization: OrganizationID) -> Bool {
        switch organizations {
        case .all: true
        case .only(let ids): ids.contains(organization)
        }
    }
}
