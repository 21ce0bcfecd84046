import Offboarding
import Senders
import StrictYAML

extension ConfigurationReader {
    /// The `retention` section. Nothing is let go that is still counted or looked at.
    func retention(
        _ section: YAMLMapping?,
        policy: Policy,
        sweep: SweepPolicy,
        senders: [ConfiguredSender]
    ) -> RetentionPolicy {
        var kept = RetentionPolicy()
        kept.replayMemory = senders.compactMap { $0.sender.replayMemory?.seconds }.max() ?? 0
        guard let section else { return kept }
        let longest = Duration.seconds(36_500 * 86_400)
        kept.bodies = section.duration("bodies", in: .zero...longest)?.seconds ?? kept.bodies
        kept.cases = section.duration("cases", in: .seconds(86_400)...longest)?.seconds ?? kept.cases
        let windows = policy.limits + senders.flatMap(\.policy.limits)
        for (name, least) in [
            ("bodies", kept.bodies), ("sweep.recheck_for", sweep.recheckFor),
            ("the longest window of policy.limits", windows.map(\.window).max() ?? 0),
        ] where kept.cases < least {
            section.report("must not be shorter than \(name)", at: section.has("cases") ? "cases" : "bodies")
        }
        return kept
    }
}
