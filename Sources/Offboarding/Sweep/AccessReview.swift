/// Everybody in every organization that the keys reach, as one reading shows them. Pure.
public struct AccessReview: Sendable {
    /// One person or service user in one organization; or why a list is not the whole truth.
    public struct Row: Sendable, Equatable {
        /// The key that shows it.
        public let key: String
        /// `nil` where the key lists several organizations and its users list does not say which.
        public var organizationID: OrganizationID?
        /// The organization's name; where the list does not say which, all that it may be.
        public var organizationName: String?
        /// As Vultr shows it.
        public var email: String?
        public var userID: UserID?
        /// `nil` where the list does not say.
        public var isServiceUser: Bool?
        /// `nil` where the list of suspended users could not be read.
        public var isSuspended: Bool?
        /// Why a list of the key is not the whole truth, for people; the row is nobody's then.
        public var problem: String?
    }

    /// By key in the order of the configuration, then by organization, then in the order of the lists; each key's problems
    /// behind its people.
    public let rows: [Row]
    /// Organizations that some key lists and no key acts on (rule 12).
    public let uncovered: [OrganizationID]

    public init(_ reading: DirectoryReading) {
        var seen: Set<Membership> = []
        var rows: [Row] = []
        for key in reading.keys {
            for row in Self.people(of: key) {
                if let organization = row.organizationID, let user = row.userID {
                    // Two keys that reach an organization show the same people.
                    guard seen.insert(Membership(organization: organization, user: user)).inserted else { continue }
                }
                rows.append(row)
            }
            rows += Self.problems(of: key).map { Row(key: key.key.name, problem: $0) }
        }
        self.rows = rows
        uncovered = reading.uncovered
    }

    /// Whether everybody is there.
    public var isComplete: Bool { problems.isEmpty }

    /// What keeps the answer from being complete.
    public var problems: [String] { rows.compactMap(\.problem) }

    private static func people(of key: KeyReading) -> [Row] {
        if key.organizations.rows.count == 1 {
            guard let organization = key.covered.first else { return [] }
            return members(of: organization, in: key)
        }
        // Nothing says whose list the users list is; the suspended ones have their organization.
        var suspended: Set<UserID> = []
        var rows: [Row] = []
        for organization in key.covered {
            for user in key.suspendedRows(of: organization.id)?.rows ?? [] {
                suspended.insert(user.id)
                rows.append(row(user, of: key, in: organization, isSuspended: true))
            }
        }
        let isSuspensionKnown = key.covered.allSatisfy { key.suspendedRows(of: $0.id) != nil }
        let names = key.organizations.rows.map(\.name).joined(separator: ", ")
        for user in key.users.rows where !suspended.contains(user.id) {
            var listed = row(user, of: key, in: nil, isSuspended: isSuspensionKnown ? false : nil)
            listed.organizationName = "one or more of: \(names)"
            rows.append(listed)
        }
        return rows
    }

    private static func members(of organization: Organization, in key: KeyReading) -> [Row] {
        let suspended = key.suspendedRows(of: organization.id)
        let suspendedIDs = Set(suspended?.rows.map(\.id) ?? [])
        let listed = key.users.rows.map { user in
            let isSuspended: Bool? = suspended == nil ? nil : suspendedIDs.contains(user.id)
            return row(user, of: key, in: organization, isSuspended: isSuspended)
        }
        let others = (suspended?.rows ?? []).filter { !key.lists($0.id) }
        return listed + others.map { row($0, of: key, in: organization, isSuspended: true) }
    }

    private static func row(
        _ user: VultrUser,
        of key: KeyReading,
        in organization: Organization?,
        isSuspended: Bool?
    ) -> Row {
        Row(
            key: key.key.name,
            organizationID: organization?.id,
            organizationName: organization?.name,
            email: user.email,
            userID: user.id,
            isServiceUser: user.isServiceUser ?? (key.serviceUsers.contains(user.id) ? true : nil),
            isSuspended: isSuspended
        )
    }

    /// A key that lists several organizations and whose users list covers one does not show the others' people.
    private static func problems(of key: KeyReading) -> [String] {
        var problems = Planner.doubts(about: key, showsPerson: true).map(\.message)
        for organization in key.covered where key.organizations.rows.count > 1 {
            // A plan can do without this list (rule 3); here people would be missing.
            guard case .failure(let error)? = key.suspended[organization.id],
                error.code == .operatorNeeded || error.code == .notFound
            else { continue }
            problems.append("key \(key.key.name): the suspended users of \(organization.id) cannot be read: \(error)")
        }
        if key.failure == nil, key.organizations.rows.count > 1, key.key.usersList == .oneOrganization {
            problems.append(
                "key \(key.key.name): it lists \(key.organizations.rows.count) organizations and its users list is taken "
                    + "to cover one; the people of the others are not shown"
            )
        }
        return problems
    }
}
