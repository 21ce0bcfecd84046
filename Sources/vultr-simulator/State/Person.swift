/// A Vultr user with their memberships.
struct Person: Sendable {
    let id: String
    var email: String?
    var name: String
    /// `nil` where no answer shows the field.
    var serviceUser: Bool? = false
    var acls: [String] = []
    /// The ids of the person's API keys, and the tokens of their role sessions.
    var apiKeys: [String] = []
    var sessions: [String] = []
    /// By the organization's ordinal. A membership that ended stays, marked, for list lag and for restore.
    var memberships: [Int: Membership] = [:]

    /// The encoded list row without and with `service_user`, made when first needed.
    private var encodedRows: [Bool: [UInt8]] = [:]

    static let keys = [
        "id", "email", "name", "service_user", "organizations", "suspended", "acls", "api_keys", "sessions",
    ]

    init(
        id: String,
        email: String?,
        name: String,
        serviceUser: Bool? = false,
        memberships: [Int: Membership] = [:]
    ) {
        self.id = id
        self.email = email
        self.name = name
        self.serviceUser = serviceUser
        self.memberships = memberships
    }

    init(_ value: YAMLValue, ordinals: [String: Int]) throws(StateError) {
        let mapping = try value.mapping(Self.keys)
        id = try mapping.required("id").text()
        let email = try mapping.required("email").text()
        self.email = email == "missing" ? nil : email
        name = try mapping["name"]?.text() ?? id
        if let field = mapping["service_user"] {
            serviceUser = try field.text() == "missing" ? nil : try field.boolean()
        }
        for item in try mapping["acls"]?.list() ?? [] { acls.append(try item.text()) }
        for item in try mapping["api_keys"]?.list() ?? [] { apiKeys.append(try item.text()) }
        for item in try mapping["sessions"]?.list() ?? [] { sessions.append(try item.text()) }
        if let field = mapping["organizations"] {
            for ordinal in try Self.organizations(field, ordinals) { memberships[ordinal] = Membership() }
        }
        if let field = mapping["suspended"] {
            for ordinal in try Self.organizations(field, ordinals) {
                guard memberships[ordinal] != nil else { throw field.error("is no list of the user's organizations") }
                memberships[ordinal]?.isSuspended = true
            }
        }
    }

    private static func organizations(_ field: YAMLValue, _ ordinals: [String: Int]) throws(StateError) -> [Int] {
        if !field.isList, try field.text() == "all" { return Array(ordinals.values) }
        var all: [Int] = []
        for item in try field.list() { all.append(try item.organization(ordinals)) }
        return all
    }

    func isMember(of organization: Int) -> Bool { memberships[organization].map { $0.ending == nil } ?? false }

    /// The row of `GET /v2/users`, with fields no client knows, as the real one may have them.
    mutating func row(showsServiceUser: Bool) -> [UInt8] {
        if let encoded = encodedRows[showsServiceUser] { return encoded }
        let names = name.split(separator: " ", maxSplits: 1)
        var fields: [(String, JSON)] = [("id", .string(id)), ("name", .string(name))]
        if let email { fields.append(("email", .string(email))) }
        fields += [
            ("first_name", .string(names.first.map(String.init) ?? "")),
            ("last_name", .string(names.count > 1 ? String(names[1]) : "")), ("api_enabled", .bool(true)),
            ("acls", .array(acls.map { .string($0) })),
        ]
        if showsServiceUser, let serviceUser { fields.append(("service_user", .bool(serviceUser))) }
        fields += [
            ("status", .string("active")), ("last_activity", .null),
            ("labels", .object([("cost_center", .string("")), ("sites", .array([]))])),
        ]
        let encoded = JSON.object(fields).bytes
        encodedRows[showsServiceUser] = encoded
        return encoded
    }

    /// The row of `suspended-users`, whose id goes by a name that is not known for sure.
    func suspendedRow(idField: String) -> [UInt8] {
        let names = name.split(separator: " ", maxSplits: 1)
        var fields: [(String, JSON)] = [(idField, .string(id)), ("name", .string(name))]
        if let email { fields.append(("email", .string(email))) }
        fields += [
            ("first_name", .string(names.first.map(String.init) ?? "")),
            ("last_name", .string(names.count > 1 ? String(names[1]) : "")),
            ("date_created", .string("2026-04-02T09:15:00+00:00")),
            ("date_suspended", .string("2026-10-01T08:00:00+00:00")), ("suspended_by", .null),
        ]
        return JSON.object(fields).bytes
    }

    /// Puts another's fields in place of this one's and keeps the memberships.
    mutating func takeFields(of other: Person) {
        email = other.email
        name = other.name
        serviceUser = other.serviceUser
        acls = other.acls
        apiKeys = other.apiKeys
        sessions = other.sessions
        encodedRows = [:]
    }
}

/// One person's place in one organization.
struct Membership: Sendable {
    var isSuspended = false
    /// Set once the membership ended.
    var ending: Ending?

    /// How a membership that ended goes on showing for a while.
    struct Ending: Sendable {
        /// For how many reads of a list, by one key, the row goes on showing.
        let lag: Int
        /// Reads begun since, by the list's name.
        var reads: [String: Int] = [:]
    }
}
