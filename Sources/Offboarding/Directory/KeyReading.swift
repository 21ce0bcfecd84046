/// What one key showed in one reading: organizations, users, and each organization's suspended users.
public struct KeyReading: Sendable {
    public let key: VultrKey
    /// When the first call began.
    public let began: ContinuousClock.Instant
    public let ended: ContinuousClock.Instant
    /// Why the key could not be read; the lists are empty then.
    public let failure: VultrError?
    public let organizations: Listing<Organization>
    public let users: Listing<VultrUser>
    /// The suspended users of each organization that the key covers.
    public let suspended: [OrganizationID: Result<Listing<VultrUser>, VultrError>]
    /// The emails of the key's owner that are known: from its account, from the configuration.
    public let owners: [EmailAddress]
    /// The first row of the users list that shows an email; places take a fraction of what rows would.
    private let placesByAddress: [EmailAddress: Int32]
    /// Places of further rows with an email that a row before them shows.
    private let furtherPlaces: [EmailAddress: [Int32]]
    /// The row of the users list with an id.
    private let placesByID: [UserID: Int32]
    /// Ids of the users list that are known to be service users.
    let serviceUsers: Set<UserID>
    /// The other ids of the users list.
    private let people: Set<UserID>

    public init(
        key: VultrKey,
        began: ContinuousClock.Instant,
        ended: ContinuousClock.Instant,
        failure: VultrError? = nil,
        organizations: Listing<Organization> = Listing(rows: [], doubt: nil),
        users: Listing<VultrUser> = Listing(rows: [], doubt: nil),
        suspended: [OrganizationID: Result<Listing<VultrUser>, VultrError>] = [:],
        owners: [EmailAddress] = []
    ) {
        self.key = key
        self.began = began
        self.ended = ended
        self.failure = failure
        self.organizations = organizations
        self.users = users
        self.suspended = suspended
        self.owners = owners
        var placesByAddress: [EmailAddress: Int32] = [:]
        var furtherPlaces: [EmailAddress: [Int32]] = [:]
        var placesByID: [UserID: Int32] = [:]
        placesByAddress.reserveCapacity(users.rows.count)
        placesByID.reserveCapacity(users.rows.count)
        for (place, row) in users.rows.enumerated() {
            let place = Int32(place)
            if placesByID[row.id] == nil { placesByID[row.id] = place }
            guard let address = row.address else { continue }
            if placesByAddress[address] == nil {
                placesByAddress[address] = place
            } else {
                furtherPlaces[address, default: []].append(place)
            }
        }
        self.placesByAddress = placesByAddress
        self.furtherPlaces = furtherPlaces
        self.placesByID = placesByID
        let serviceUsers = Set(users.rows.lazy.filter { $0.isServiceUser == true }.map(\.id))
        self.serviceUsers = serviceUsers
        people = Set(placesByID.keys.lazy.filter { !serviceUsers.contains($0) })
    }

    /// Whether the users list shows an id.
    func lists(_ id: UserID) -> Bool { placesByID[id] != nil }

    private func listedRows(of address: EmailAddress) -> [VultrUser] {
        guard let first = placesByAddress[address] else { return [] }
        return ([first] + (furtherPlaces[address] ?? [])).map { users.rows[Int($0)] }
    }

    /// Whether the users list is one organization's (rule 3).
    public var listsOneOrganization: Bool { organizations.rows.count == 1 && organizations.isProven }

    /// The organizations that the key lists and acts on.
    public var covered: [Organization] { organizations.rows.filter { key.covers($0.id) } }

    /// Organizations that the configuration names and the key does not list.
    public var missing: [OrganizationID] {
        guard failure == nil, case .only(let ids) = key.organizations else { return [] }
        let seen = Set(organizations.rows.map(\.id))
        return ids.filter { !seen.contains($0) }
    }

    /// The suspended rows of one organization; `nil` where they could not be read.
    func suspendedRows(of organization: OrganizationID) -> Listing<VultrUser>? {
        guard case .success(let listing)? = suspended[organization] else { return nil }
        return listing
    }

    /// The rows that show any of these emails, each id once: those of the users list, then the suspended ones with
    /// their organization.
    func rows(of emails: [EmailAddress]) -> (users: [VultrUser], suspended: [(OrganizationID, VultrUser)]) {
        var seen: Set<UserID> = []
        let users = emails.flatMap(listedRows).filter { seen.insert($0.id).inserted }
        let wanted = Set(emails)
        var suspendedRows: [(OrganizationID, VultrUser)] = []
        for organization in covered {
            for row in self.suspendedRows(of: organization.id)?.rows ?? [] {
                if let address = row.address, wanted.contains(address) { suspendedRows.append((organization.id, row)) }
            }
        }
        return (users, suspendedRows)
    }

    /// The rows of an organization's remembered memberships, under whatever address, service users left out.
    func rows(_ remembered: Set<Membership>, in organization: OrganizationID) -> [VultrUser] {
        let ofThis = remembered.lazy.filter {
            $0.organization == organization || $0.organization == Sighting.severalOrganizations
        }
        let ids = Set(ofThis.map(\.user)).subtracting(serviceUsers)
        guard !ids.isEmpty else { return [] }
        let suspended = (suspendedRows(of: organization)?.rows ?? []).filter { ids.contains($0.id) }
        let listed = ids.compactMap { placesByID[$0] }.map { users.rows[Int($0)] }
        return (listed + suspended).filter { $0.isServiceUser != true }
    }

    /// How many people (service users left out) an organization has, and which of these ids are among them.
    ///
    /// Of a key that lists several organizations only the whole list is known; it stands for each of them.
    func people(in organization: OrganizationID) -> Set<UserID> {
        // Of a thousand organizations each would copy the whole list.
        guard let suspended = suspendedRows(of: organization)?.rows, !suspended.isEmpty else { return people }
        return people.union(suspended.lazy.map(\.id)).subtracting(serviceUsers)
    }
}

/// What all keys showed.
public struct DirectoryReading: Sendable {
    /// In the order of the configuration.
    public let keys: [KeyReading]

    public init(keys: [KeyReading]) { self.keys = keys }

    /// When the oldest part began: how old a plan made from it is (rule 9); `nil` without any key.
    var began: ContinuousClock.Instant? { keys.map(\.began).min() }

    /// When the last part ended.
    var ended: ContinuousClock.Instant? { keys.map(\.ended).max() }

    /// Organizations that some key lists and no key acts on (rule 12), in order.
    public var uncovered: [OrganizationID] {
        var covered: Set<OrganizationID> = []
        var listed: Set<OrganizationID> = []
        for reading in keys {
            if case .only(let ids) = reading.key.organizations { covered.formUnion(ids) }
            for organization in reading.organizations.rows {
                listed.insert(organization.id)
                if reading.key.covers(organization.id) { covered.insert(organization.id) }
            }
        }
        return listed.subtracting(covered).sorted()
    }
}
