/// What changes memberships.
extension World {
    /// Ends one membership.
    ///
    /// - Parameter lag: for how many reads of a list, by one key, the row goes on showing.
    /// - Returns: whether there was one.
    mutating func endMembership(of person: Int, in organization: Int, lag: Int) -> Bool {
        guard people[person].isMember(of: organization) else { return false }
        people[person].memberships[organization]?.ending = Membership.Ending(lag: lag)
        if lag > 0 { mayLag = true }
        forgetPages()
        return true
    }

    mutating func addMembership(of person: Int, in organization: Int, isSuspended: Bool) {
        people[person].memberships[organization] = Membership(isSuspended: isSuspended)
        forgetPages()
    }

    /// - Returns: whether there was a membership to change.
    mutating func setSuspended(_ isSuspended: Bool, person: Int, in organization: Int) -> Bool {
        guard people[person].isMember(of: organization) else { return false }
        people[person].memberships[organization]?.isSuspended = isSuspended
        forgetPages()
        return true
    }

    /// Gives an organization back everybody who was once a member.
    ///
    /// - Returns: whether anybody came back.
    mutating func restore(_ organization: Int) -> Bool {
        var anybody = false
        for person in people.indices where people[person].memberships[organization]?.ending != nil {
            people[person].memberships[organization]?.ending = nil
            anybody = true
        }
        if anybody { forgetPages() }
        return anybody
    }

    /// Answers a DELETE of a membership.
    mutating func remove(_ user: String, from id: String, key: APIKey) -> (answer: Answer, applied: Bool) {
        let organization: Int
        switch reach(id, with: key) {
        case .success(let ordinal): organization = ordinal
        case .failure(let refused): return (refused.answer, false)
        }
        guard key.mayRemove else { return (Refused.forbidden.answer, false) }
        guard let person = personOrdinals[user], people[person].isMember(of: organization) else {
            let status = switches.nonMemberDelete
            return (status == 204 ? .noContent : .failure(status, "Invalid user"), false)
        }
        let isProtected = switches.rootOwners[id] == user || key.owner == user
        if isProtected, switches.protectedDelete != 204 {
            return (.failure(switches.protectedDelete, "This user cannot be removed."), false)
        }
        return (.noContent, endMembership(of: person, in: organization, lag: switches.listLagReads))
    }

    /// Answers a PUT that suspends or unsuspends a member.
    mutating func suspend(
        _ isSuspended: Bool,
        _ user: String,
        in id: String,
        key: APIKey
    ) -> (answer: Answer, applied: Bool) {
        switch reach(id, with: key) {
        case .failure(let refused):
            return (refused.answer, false)
        case .success(let organization):
            guard key.mayRemove else { return (Refused.forbidden.answer, false) }
            guard let person = personOrdinals[user], setSuspended(isSuspended, person: person, in: organization) else {
                return (.failure(404, "Invalid user"), false)
            }
            return (.noContent, true)
        }
    }
}
