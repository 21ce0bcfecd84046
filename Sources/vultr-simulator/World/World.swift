import NIOCore

/// Everything the simulated Vultr knows, changed by one call at a time.
struct World: Sendable {
    var organizations: [SimulatedOrganization]
    /// A person's ordinal is their index; the order of every list of users.
    var people: [Person]
    var keys: [APIKey]
    var invitations: [Invitation]
    var switches: Switches
    var faults: [Fault]
    var log: CallLog
    var rate = RateWindow()

    /// Organizations and people by id.
    var organizationOrdinals: [String: Int] = [:]
    var personOrdinals: [String: Int] = [:]

    /// Pages and lists made since the last change, by list and place; only while nobody lags.
    var pages: [String: ByteBuffer] = [:]
    var lists: [String: [Int]] = [:]
    /// Whether somebody's row may still be showing after a removal; then nothing is kept.
    var mayLag = false

    init(_ state: StateFile, log: CallLog) {
        organizations = state.organizations
        people = state.people
        keys = state.keys
        invitations = state.invitations
        switches = state.switches
        faults = state.faults
        self.log = log
        for (ordinal, organization) in organizations.enumerated() { organizationOrdinals[organization.id] = ordinal }
        for (ordinal, person) in people.enumerated() { personOrdinals[person.id] = ordinal }
    }

    /// To be called after every change of what lists show.
    mutating func forgetPages() {
        pages = [:]
        lists = [:]
    }

    // MARK: - What a key sees

    /// The ordinals of the organizations that a key lists.
    func listed(by key: APIKey) -> [Int] {
        switch key.lists {
        case .home: [key.home]
        case .all: Array(organizations.indices)
        case .chosen(let chosen): chosen
        case .memberships:
            organizations.indices.filter { ordinal in
                ordinal == key.home
                    || personOrdinals[key.owner].map { people[$0].isMember(of: ordinal) } ?? false
            }
        }
    }

    /// The organizations whose members `GET /v2/users` shows the key.
    func covered(by key: APIKey) -> [Int] { key.usersListCoversAll ? listed(by: key) : [key.home] }

    /// The organization with this id, if the key may act on it.
    ///
    /// - Returns: the ordinal, or the answer that refuses.
    func reach(_ id: String, with key: APIKey) -> Result<Int, Refused> {
        guard let ordinal = organizationOrdinals[id] else { return .failure(.organizationNotFound) }
        if ordinal == key.home { return .success(ordinal) }
        guard listed(by: key).contains(ordinal) else { return .failure(.organizationNotFound) }
        guard key.reachesListed else {
            return .failure(
                switches.outOfReach == 404
                    ? .organizationNotFound : Refused(answer: .failure(switches.outOfReach, "Forbidden"))
            )
        }
        return .success(ordinal)
    }

    /// An answer in place of what was asked for.
    struct Refused: Error {
        let answer: Answer

        static let organizationNotFound = Refused(answer: .failure(404, "Organization not found."))
        static let forbidden = Refused(answer: .failure(403, "You do not have permission to do that."))
    }
}
