/// An API key: whose it is, which organizations it lists and reaches, and what it may do.
struct APIKey: Sendable {
    /// Which organizations `GET /v2/organizations` shows the key.
    enum Lists: Sendable {
        case home
        /// Every organization of the state.
        case all
        /// Those its owner is a member of.
        case memberships
        /// These, as ordinals.
        case chosen([Int])
    }

    let name: String
    var secret: String
    /// The id of the user whose key it is; empty where the state names none, until it is given one.
    var owner: String
    /// The ordinal of the home organization.
    var home: Int
    var lists = Lists.home
    /// Whether `GET /v2/users` covers all listed organizations; otherwise the home one only.
    var usersListCoversAll = false
    /// Whether the key acts on every listed organization; otherwise on the home one only.
    var reachesListed = false
    var mayReadAccount = true
    var mayRemove = true
    var mayList = true
    var mayListOrganizations = true
    var mayReadSuspended = true
    var mayListInvitations = true
    var mayListCredentials = true
    var mayEndCredentials = true
    var isAddressAllowed = true

    static let keys = [
        "name", "secret", "user", "organization", "lists", "users_list", "reach", "account", "permissions",
        "addresses_allowed",
    ]

    private static let permissions = [
        "remove", "list", "suspended", "organizations", "invitations", "credentials", "end_credentials",
    ]

    init(_ value: YAMLValue, ordinals: [String: Int]) throws(StateError) {
        let mapping = try value.mapping(Self.keys)
        name = try mapping.required("name").text()
        secret = try mapping.required("secret").text()
        owner = ""
        home = 0
        try merge(mapping, ordinals: ordinals)
    }

    /// Takes the fields that `mapping` has and leaves the others as they are; the name never changes.
    mutating func merge(_ mapping: YAMLMapping, ordinals: [String: Int]) throws(StateError) {
        if let field = mapping["secret"] {
            secret = try field.text()
            guard !secret.isEmpty else { throw field.error("is empty") }
        }
        owner = try mapping["user"]?.text() ?? owner
        if let field = mapping["organization"] { home = try field.organization(ordinals) }
        if let field = mapping["lists"] { lists = try Self.lists(field, ordinals) }
        if let field = mapping["users_list"] { usersListCoversAll = try field.choice(["home", "all"]) == "all" }
        if let field = mapping["reach"] { reachesListed = try field.choice(["home", "listed"]) == "listed" }
        if let field = mapping["account"] { mayReadAccount = try field.choice(["allowed", "forbidden"]) == "allowed" }
        if let field = mapping["permissions"] {
            let permissions = try field.mapping(Self.permissions)
            mayRemove = try permissions["remove"]?.allows() ?? mayRemove
            mayList = try permissions["list"]?.allows() ?? mayList
            mayReadSuspended = try permissions["suspended"]?.allows() ?? mayReadSuspended
            mayListOrganizations = try permissions["organizations"]?.allows() ?? mayListOrganizations
            mayListInvitations = try permissions["invitations"]?.allows() ?? mayListInvitations
            mayListCredentials = try permissions["credentials"]?.allows() ?? mayListCredentials
            mayEndCredentials = try permissions["end_credentials"]?.allows() ?? mayEndCredentials
        }
        isAddressAllowed = try mapping["addresses_allowed"]?.boolean() ?? isAddressAllowed
    }

    private static func lists(_ field: YAMLValue, _ ordinals: [String: Int]) throws(StateError) -> Lists {
        if field.isList {
            var chosen: [Int] = []
            for item in try field.list() { chosen.append(try item.organization(ordinals)) }
            return .chosen(chosen.sorted())
        }
        switch try field.choice(["home", "all", "memberships"]) {
        case "home": return .home
        case "all": return .all
        default: return .memberships
        }
    }

    /// Compares without telling by its duration where the difference is.
    func hasSecret(_ other: String) -> Bool {
        let mine = Array(secret.utf8)
        let others = Array(other.utf8)
        guard mine.count == others.count else { return false }
        return zip(mine, others).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    /// The service user that stands in where the state names no owner for the key.
    func makeOwner(organizations count: Int) -> Person {
        let members: [Int] =
            switch lists {
            case .home, .memberships: [home]
            case .all: Array(0..<count)
            case .chosen(let chosen): Array(Set(chosen + [home]))
            }
        return Person(
            id: owner,
            email: "\(name).key@example.com",
            name: "Service user of \(name)",
            serviceUser: true,
            memberships: Dictionary(uniqueKeysWithValues: members.map { ($0, Membership()) })
        )
    }
}

extension YAMLValue {
    /// The ordinal of the organization whose id the value is.
    func organization(_ ordinals: [String: Int]) throws(StateError) -> Int {
        let id = try text()
        guard let ordinal = ordinals[id] else { throw error("no organization \(id)") }
        return ordinal
    }

    fileprivate func allows() throws(StateError) -> Bool { try choice(["allow", "deny"]) == "allow" }
}
