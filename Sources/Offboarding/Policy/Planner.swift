import Foundation

/// Makes a plan from a reading of the directory. Pure.
struct Planner {
    /// Who is looked for.
    let email: EmailAddress
    let aliases: [EmailAddress]
    let policy: Policy
    /// The senders whose policies narrow; see ``Policy/senders``.
    let senders: [String]
    /// What `GET /v2/users/{id}` said of rows whose list does not say it (rule 4).
    var serviceUsers: [UserID: Bool] = [:]
    /// What it could not be asked, with the key that showed the row.
    var undecided: [UserID: Undecided] = [:]
    /// The memberships that were seen under the person's emails at some time.
    var remembered: Set<Membership> = []

    struct Undecided {
        let key: String
        let error: VultrError
    }

    /// Ids that the lists show under the person's emails without saying whether they are service users, with the key
    /// that showed them.
    static func undeclared(of emails: [EmailAddress], in reading: DirectoryReading) -> [UserID: String] {
        var ids: [UserID: String] = [:]
        for key in reading.keys {
            let (users, suspended) = key.rows(of: emails)
            let declared = Set(users.filter { $0.isServiceUser != nil }.map(\.id))
            for row in users + suspended.map(\.1) where row.isServiceUser == nil && !declared.contains(row.id) {
                if ids[row.id] == nil { ids[row.id] = key.key.name }
            }
        }
        return ids
    }

    func plan(from reading: DirectoryReading) -> Plan {
        var found: [Membership: Found] = [:]
        var doubts: [Plan.Doubt] = []
        var hasSeveralIDs = false
        for key in reading.keys {
            let shown = memberships(shownBy: key)
            hasSeveralIDs = hasSeveralIDs || Set(shown.filter { !$0.isServiceUser }.map(\.membership.user)).count > 1
            for membership in shown {
                found[membership.membership, default: Found(membership)].keys.append(key.key.name)
            }
            doubts += Self.doubts(about: key, showsPerson: !shown.isEmpty)
        }
        for key in reading.keys {
            for organization in key.covered {
                for membership in found.keys where membership.organization == organization.id {
                    // A key that reaches the organization without showing the person is the last to be tried.
                    if found[membership]?.keys.contains(key.key.name) == false {
                        found[membership]?.keys.append(key.key.name)
                    }
                }
            }
        }
        for (id, undecided) in undecided.sorted(by: { $0.key < $1.key }) {
            doubts.append(
                Plan.Doubt(
                    key: undecided.key,
                    remedy: undecided.error.passes ? .waiting : .person,
                    message: "key \(undecided.key): whether \(id) is a service user cannot be read: \(undecided.error)",
                    unreadable: nil
                )
            )
        }
        let protection = protection(ids: Set(found.keys.map(\.user)), owners: reading.keys.flatMap(\.owners))
        let entries = found.values.sorted { $0.shown.membership < $1.shown.membership }.map { found in
            Plan.Entry(
                membership: found.shown.membership,
                organizationName: found.shown.organizationName,
                keys: found.keys,
                isUnderOtherAddress: found.shown.isUnderOtherAddress,
                action: found.shown.isServiceUser ? .serviceUser : protection == nil ? .remove : .protected
            )
        }
        return Plan(
            email: email,
            entries: entries,
            doubts: doubts,
            uncovered: reading.uncovered,
            hasSeveralIDs: hasSeveralIDs,
            hasUndecidedUsers: !undecided.isEmpty,
            protection: protection
        )
    }

    private var emails: [EmailAddress] { [email] + aliases }

    private struct Shown {
        let membership: Membership
        let organizationName: String
        let isServiceUser: Bool
        let isUnderOtherAddress: Bool
    }

    private struct Found {
        let shown: Shown
        var keys: [String] = []

        init(_ shown: Shown) { self.shown = shown }
    }

    /// The memberships that a key's lists show: a row of the users list stands for each organization that the key
    /// lists and covers (rule 3), a suspended row for its own.
    private func memberships(shownBy key: KeyReading) -> [Shown] {
        let (users, suspended) = key.rows(of: emails)
        var shown: [Shown] = []
        var seen: Set<Membership> = []
        func add(_ row: VultrUser, in organization: Organization, isUnderOtherAddress: Bool = false) {
            let membership = Membership(organization: organization.id, user: row.id)
            guard seen.insert(membership).inserted else { return }
            let declared = row.isServiceUser ?? users.first { $0.id == row.id }?.isServiceUser
            shown.append(
                Shown(
                    membership: membership,
                    organizationName: organization.name,
                    isServiceUser: declared ?? serviceUsers[row.id] ?? false,
                    isUnderOtherAddress: isUnderOtherAddress
                )
            )
        }
        for organization in key.covered {
            for row in users { add(row, in: organization) }
            for (id, row) in suspended where id == organization.id { add(row, in: organization) }
            for row in key.rows(remembered, in: organization.id) {
                add(row, in: organization, isUnderOtherAddress: true)
            }
        }
        return shown
    }

    /// Why what a key shows is not the whole truth (rules 2, 3 and 8).
    static func doubts(about key: KeyReading, showsPerson: Bool) -> [Plan.Doubt] {
        let name = key.key.name
        func doubt(_ remedy: Plan.Doubt.Remedy, _ message: String, unreadable: VultrError? = nil) -> Plan.Doubt {
            Plan.Doubt(key: name, remedy: remedy, message: "key \(name): \(message)", unreadable: unreadable)
        }
        if let failure = key.failure {
            return [doubt(failure.passes ? .waiting : .person, failure.description, unreadable: failure)]
        }
        var doubts: [Plan.Doubt] = []
        if let reason = key.organizations.doubt {
            doubts.append(doubt(.waiting, "the organizations list is not proven complete: \(reason)"))
        } else if key.organizations.rows.isEmpty {
            doubts.append(doubt(.person, "it lists no organization"))
        }
        if let reason = key.users.doubt {
            doubts.append(doubt(.waiting, "the users list is not proven complete: \(reason)"))
        }
        if !key.missing.isEmpty {
            let ids = key.missing.map(\.text).joined(separator: ", ")
            doubts.append(doubt(.person, "it does not list organization \(ids), which it is configured for"))
        }
        for organization in key.covered {
            switch key.suspended[organization.id] {
            case .success(let listing)?:
                if let reason = listing.doubt {
                    doubts.append(
                        doubt(.waiting, "the suspended users of \(organization.id) are not proven complete: \(reason)")
                    )
                }
            case .failure(let error)?:
                // Of a key that lists several organizations, rule 3 asks for this list only where a DELETE says 404.
                if key.organizations.rows.count > 1, error.code == .operatorNeeded || error.code == .notFound {
                    continue
                }
                doubts.append(
                    doubt(
                        error.passes ? .waiting : .person,
                        "the suspended users of \(organization.id) cannot be read: \(error)"
                    )
                )
            case nil:
                doubts.append(doubt(.waiting, "the suspended users of \(organization.id) were not read"))
            }
        }
        if key.organizations.rows.count > 1, key.key.usersList == .oneOrganization, !showsPerson {
            var elsewhere = doubt(
                .person,
                "it lists \(key.organizations.rows.count) organizations and its users list is taken to cover one; "
                    + "the person is not on it and may still be a member elsewhere"
            )
            elsewhere.isElsewhere = true
            doubts.append(elsewhere)
        }
        return doubts
    }

    /// Why the person may not be touched (rule 5).
    private func protection(ids: Set<UserID>, owners: [EmailAddress]) -> String? {
        for address in emails {
            if owners.contains(address) { return "the person owns one of the keys" }
            if policy.protected.contains(.email(address)) || policy.protected.contains(.domain(address.domain)) {
                return "the person is protected"
            }
            if !policy.bounds(senders).allSatisfy({ $0.contains(address.domain) }) {
                return "the email is outside the policy's domains"
            }
        }
        if ids.contains(where: { policy.protected.contains(.user($0)) }) { return "the person's user id is protected" }
        return nil
    }
}
