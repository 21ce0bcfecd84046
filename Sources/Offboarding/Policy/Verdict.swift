public import Foundation

/// What the policy says to a plan that would remove somebody.
enum Verdict: Equatable, Sendable {
    /// Let it run.
    case run
    /// Report it, remove nobody; the reasons are what would have held it.
    case dryRun(wouldHold: [String])
    /// A person must decide. In a wave, limits on how many people may go are all that is in the way.
    case hold(reasons: [String], isWave: Bool)
}

/// How many people are gone or going already, and how many there are: what rule 16 counts.
struct Headcount: Sendable {
    /// For each limit of the policy, in order: ids planned in its window by other cases.
    var planned: [Set<UserID>]
    /// The same for the senders' own limits, each by that sender's cases alone.
    var plannedBySender: [Set<UserID>]
    /// Ids planned in the longest window by other cases, by organization.
    var plannedByOrganization: [OrganizationID: Set<UserID>]
    /// The people of each organization now, service users left out.
    var people: [OrganizationID: Set<UserID>]
}

extension Policy {
    /// Rules 6, 13, 14, 16 and 17 on a plan that would remove somebody. Pure.
    ///
    /// - Parameter isApproved: whether a person's approval covers this plan.
    func verdict(
        on plan: Plan,
        senders tellers: [String],
        restraint: Restraint?,
        isApproved: Bool,
        headcount: Headcount
    ) -> Verdict {
        var reasons = restraintReasons(restraint)
        if plan.hasSeveralIDs, severalIDs == .hold { reasons.append("one list shows several ids for the person") }
        reasons += plan.underOtherAddress.map { membership in
            "user \(membership.user) of organization \(membership.organization) was seen under the person's email and is "
                + "under another one now"
        }
        if needsApproval(tellers) { reasons.append("every removal needs approval") }
        let limitReasons = limitReasons(plan: plan, tellers: tellers, headcount: headcount)
        let isWave = reasons.isEmpty && !limitReasons.isEmpty
        reasons += limitReasons
        reasons += organizationReasons(plan: plan, headcount: headcount)
        if isDryRun(tellers) || restraint == .test { return .dryRun(wouldHold: reasons) }
        return reasons.isEmpty || isApproved ? .run : .hold(reasons: reasons, isWave: isWave)
    }

    /// The longest window of the policy's own limits, in seconds; a day where there is none.
    public var longestWindow: TimeInterval { limits.map(\.window).max() ?? 86_400 }

    private func restraintReasons(_ restraint: Restraint?) -> [String] {
        switch restraint {
        case .repeated: ["the same delivery came again after more than a day, and the person is a member again"]
        case .disputed: ["another sender says that the person is back"]
        case .chat: ["it was asked for in a chat"]
        case .incomplete: ["what was said last may be missing: a backup was restored, or a part of the store was lost"]
        case .test, nil: []
        }
    }

    private func limitReasons(plan: Plan, tellers: [String], headcount: Headcount) -> [String] {
        let ids = Set(plan.memberships.map(\.user))
        func reason(_ limit: Limit, _ others: Set<UserID>, _ whose: String) -> String? {
            guard others.union(ids).count > limit.people else { return nil }
            return "over the limit\(whose) of \(limit.people) people per \(Self.text(limit.window))"
        }
        return zip(limits, headcount.planned).compactMap { reason($0, $1, "") }
            + zip(ownLimits(tellers), headcount.plannedBySender).compactMap { own, others in
                reason(own.limit, others, " for sender \(own.sender)")
            }
    }

    private func organizationReasons(plan: Plan, headcount: Headcount) -> [String] {
        var ids: [OrganizationID: Set<UserID>] = [:]
        for membership in plan.memberships { ids[membership.organization, default: []].insert(membership.user) }
        return ids.sorted { $0.key < $1.key }.flatMap { organization, going in
            let people = headcount.people[organization] ?? []
            let gone = headcount.plannedByOrganization[organization] ?? []
            var reasons: [String] = []
            if people.subtracting(gone).subtracting(going).isEmpty {
                reasons.append("it would leave no person in organization \(organization)")
            }
            let all = people.union(gone).union(going).count
            let leaving = gone.union(going).count
            if leaving > 1, Double(leaving) > fractionOfOrganization * Double(all) {
                reasons.append("\(leaving) of \(all) people of organization \(organization) would be gone")
            }
            return reasons
        }
    }

    static func text(_ seconds: TimeInterval) -> String {
        let whole = Int(seconds)
        for (unit, size) in [("d", 86_400), ("h", 3600), ("m", 60)] where whole >= size && whole % size == 0 {
            return "\(whole / size)\(unit)"
        }
        return "\(whole)s"
    }
}
