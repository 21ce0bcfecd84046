/// Somebody who is looked for, with what there is to look for.
struct WatchedPerson: Sendable {
    let watch: Watch
    let found: Case
    let tellers: [String]
    /// The ids whose memberships the case ended.
    let users: Set<UserID>
    /// The invitations that are kept with the case.
    let invitations: [CaseInvitation]

    init?(_ watch: Watch, in session: any StoreReadings) throws {
        guard let found = try session.case(watch.caseID) else { return nil }
        self.watch = watch
        self.found = found
        tellers = try session.tellers(of: found)
        users = Set(try session.removals(of: found.id).filter { $0.outcome == .removed }.compactMap(\.userID))
        invitations = try session.invitations(of: found.id)
    }
}

/// Finds people in a reading that serves for everybody.
struct SweepSearch: Sendable {
    let directory: Directory
    let policy: Policy
    let reading: DirectoryReading

    /// Where a person is a member again: under one of their addresses, or with the account that was removed.
    ///
    /// Service users are no persons (rule 4); where Vultr must be asked whether a row is one and does not say, it counts as
    /// the person.
    func reappearances(of person: WatchedPerson) async -> [Reappearance] {
        let emails = person.found.emails
        var found: [Reappearance] = []
        let isNamed = reading.keys.contains { key in
            let (users, suspended) = key.rows(of: emails)
            return !users.isEmpty || !suspended.isEmpty
        }
        if isNamed {
            let plan = await Planning(directory: directory, policy: policy)
                .plan(
                    for: person.found.email,
                    aliases: person.found.aliases,
                    senders: person.tellers,
                    remembered: [],
                    from: reading
                )
            for entry in plan.entries where entry.action != .serviceUser {
                found.append(
                    Reappearance(
                        key: entry.keys[0],
                        organizationID: entry.membership.organization,
                        organizationName: entry.organizationName,
                        userID: entry.membership.user,
                        isUnderOtherAddress: false
                    )
                )
            }
        }
        for user in person.users.sorted() { add(user, to: &found) }
        return found.sorted { ($0.organizationID, $0.userID) < ($1.organizationID, $1.userID) }
    }

    /// As in a plan, a row of the users list stands for each organization that the key lists and covers (rule 3).
    private func add(_ user: UserID, to found: inout [Reappearance]) {
        for key in reading.keys where !key.serviceUsers.contains(user) {
            for organization in key.covered {
                let isThere =
                    key.lists(user)
                    || key.suspendedRows(of: organization.id)?.rows.contains { $0.id == user } == true
                let isKnown = found.contains { $0.organizationID == organization.id && $0.userID == user }
                guard isThere, !isKnown else { continue }
                found.append(
                    Reappearance(
                        key: key.key.name,
                        organizationID: organization.id,
                        organizationName: organization.name,
                        userID: user,
                        isUnderOtherAddress: true
                    )
                )
            }
        }
    }
}
