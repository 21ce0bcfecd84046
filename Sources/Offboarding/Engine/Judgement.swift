/// What a reading proves about the memberships that a case removes. Pure.
struct Judgement {
    let reading: DirectoryReading
    let plan: Plan

    /// Where a membership stands in a reading.
    enum Presence: Equatable {
        /// A list that is the organization's own shows it.
        case listed
        /// A proven list that covers the organization does not show it.
        case gone
        /// A list that covers several organizations shows the user, for one of them or another.
        case somewhere
        /// The only list there is covers another organization, and does not show the user (rule 3).
        case elsewhereOnly
        /// No proven list.
        case unread
    }

    func presence(of membership: Membership) -> Presence {
        var best = Presence.unread
        for key in reading.keys
        where key.failure == nil && key.covered.contains(where: { $0.id == membership.organization }) {
            let found = presence(of: membership, accordingTo: key)
            if key.listsOneOrganization, found != .unread { return found }
            if found == .listed { return found }
            if best == .unread || best == .elsewhereOnly { best = found == .unread ? best : found }
        }
        return best
    }

    private func presence(of membership: Membership, accordingTo key: KeyReading) -> Presence {
        let suspended = key.suspendedRows(of: membership.organization)
        let isSuspended = suspended?.rows.contains { $0.id == membership.user } ?? false
        let isListed = key.lists(membership.user)
        if key.listsOneOrganization {
            if isListed || isSuspended { return .listed }
            return key.users.isProven && suspended?.isProven == true ? .gone : .unread
        }
        if isSuspended { return .listed }
        if isListed { return .somewhere }
        guard key.users.isProven, key.organizations.isProven else { return .unread }
        return key.key.usersList == .allOrganizations ? .gone : .elsewhereOnly
    }

    /// The outcome of each removal of the case as this reading shows it; rows of unreadable keys are left out.
    func judged(_ removals: [Removal]) -> [Removal] {
        removals.compactMap { removal in
            guard let membership = removal.membership else { return nil }
            guard removal.outcome != .protected, removal.outcome != .serviceUser, removal.outcome != .dryRun else {
                return removal
            }
            return judged(removal, membership, among: removals)
        }
    }

    private func judged(_ removal: Removal, _ membership: Membership, among removals: [Removal]) -> Removal? {
        var judged = removal
        let isPlanned = plan.entries.contains { $0.membership == membership }
        let isAnswered = removal.httpStatus.map { (200..<300).contains($0) || $0 == 404 } ?? false
        switch presence(of: membership) {
        case .gone:
            // Never tried, and no longer there: nothing of ours.
            if removal.attempts == 0 { return nil }
            judged.outcome = goneOutcome(removal, membership)
        case .elsewhereOnly:
            guard isAnswered, removal.attempts > 0 else { return judged.waiting() }
            judged.outcome = goneOutcome(removal, membership)
        case .somewhere:
            guard isAnswered, removal.attempts > 0, isExplained(membership, among: removals) else {
                return judged.waiting()
            }
            judged.outcome = goneOutcome(removal, membership)
        case .listed:
            if removal.attempts == 0, !isPlanned {
                judged.outcome = .operator
                judged.detail = "user \(membership.user) is listed, and no longer under the person's email"
                return judged
            }
            return judged.waiting()
        case .unread:
            return judged.waiting()
        }
        if judged.outcome != .operator { judged.detail = nil }
        return judged
    }

    /// What a removal comes to once its membership is gone (rules 3 and 10).
    private func goneOutcome(_ removal: Removal, _ membership: Membership) -> Removal.Outcome {
        if removal.mayHaveBeenApplied { return .removed }
        if removal.httpStatus == 404, !isSuspendedListReadable(membership.organization) { return .operator }
        return .absent
    }

    private func isSuspendedListReadable(_ organization: OrganizationID) -> Bool {
        reading.keys.contains { $0.suspendedRows(of: organization) != nil }
    }

    /// Whether the user is still on a list of several organizations for another reason than this membership (rule 8):
    /// through an organization that the key does not act on, or one whose DELETE has not been answered.
    func isExplained(_ membership: Membership, among removals: [Removal]) -> Bool {
        for key in reading.keys where key.lists(membership.user) && !key.listsOneOrganization {
            let listed = Set(key.organizations.rows.map(\.id))
            guard listed.contains(membership.organization) else { continue }
            if showsThroughUncovered(key) { return true }
            let others = removals.contains { other in
                guard let its = other.membership, its != membership, its.user == membership.user else { return false }
                let isAnswered = other.httpStatus.map { (200..<300).contains($0) || $0 == 404 } ?? false
                return listed.contains(its.organization) && !isAnswered
            }
            if others { return true }
        }
        return false
    }

    private func showsThroughUncovered(_ key: KeyReading) -> Bool {
        key.organizations.rows.contains { !key.key.covers($0.id) }
    }

    /// Whether some key goes on showing the person although everything that it acts on is done (rule 8).
    func isShownThroughUncovered(_ removals: [Removal]) -> Bool {
        let users = Set(removals.compactMap { $0.outcome == .removed || $0.outcome == .absent ? $0.userID : nil })
        return reading.keys.contains { key in
            !key.listsOneOrganization && showsThroughUncovered(key) && users.contains(where: key.lists)
        }
    }
}

extension Removal {
    /// The removal as it stands when nothing new is proven: an outcome that was proven before is no longer.
    fileprivate func waiting() -> Removal {
        var changed = self
        if outcome == .removed || outcome == .absent { changed.outcome = .retrying }
        return changed
    }
}
