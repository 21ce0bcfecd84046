extension Policy {
    /// The senders in shadow mode: those whose own mode is `dry_run`. Nobody is removed for them alone.
    public var shadows: Set<String> { Set(senders.filter { $0.value.mode == .dryRun }.keys) }

    /// The senders whose policies count for a case: all that told of the departure, without those in shadow mode where
    /// any other did. What a shadow says must neither stop nor hasten what another sender says.
    func deciding(_ tellers: [String]) -> [String] {
        let shadows = shadows
        let enforcing = tellers.filter { !shadows.contains($0) }
        return enforcing.isEmpty ? tellers : enforcing
    }

    /// Whether a case of these senders is a dry run.
    func isDryRun(_ tellers: [String]) -> Bool {
        mode == .dryRun || deciding(tellers).contains(where: shadows.contains)
    }

    /// Whether every removal of a case needs a person's approval: the narrower rule wins.
    func needsApproval(_ tellers: [String]) -> Bool {
        approval == .always || deciding(tellers).contains { senders[$0]?.approval == .always }
    }

    /// The lists of domains of which the person must be in each: the policy's own and those of the senders.
    func bounds(_ tellers: [String]) -> [[String]] {
        ([domains] + deciding(tellers).map { senders[$0]?.domains ?? [] }).filter { !$0.isEmpty }
    }

    /// The senders' own limits, in order; all of them hold.
    func ownLimits(_ tellers: [String]) -> [(sender: String, limit: Limit)] {
        deciding(tellers).flatMap { sender in (senders[sender]?.limits ?? []).map { (sender, $0) } }
    }
}
