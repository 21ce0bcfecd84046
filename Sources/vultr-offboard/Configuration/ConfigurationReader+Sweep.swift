import Offboarding
import StrictYAML

extension ConfigurationReader {
    /// The `sweep` section.
    func sweep(_ section: YAMLMapping?) -> SweepPolicy {
        var policy = SweepPolicy()
        guard let section else { return policy }
        policy.every = section.duration("every", in: .seconds(1)...Self.longestSweep)?.seconds ?? policy.every
        policy.recheckFor = section.duration("recheck_for", in: .zero...Self.longestSweep)?.seconds ?? policy.recheckFor
        policy.removeAgain = section.boolean("remove_again") ?? policy.removeAgain
        return policy
    }

    /// Ten years: longer than anything is kept.
    private static let longestSweep = Duration.seconds(3660 * 86_400)
}
