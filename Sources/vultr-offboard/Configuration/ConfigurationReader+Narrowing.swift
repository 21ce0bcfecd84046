import Offboarding
import Senders
import StrictYAML

extension ConfigurationReader {
    /// Reports whatever in a sender's policy would widen the policy. It would do nothing, and who wrote it must not believe
    /// that it does.
    func checkNarrowing(_ sender: ConfiguredSender, _ policy: Policy, _ problems: YAMLProblems) {
        guard let section = sender.sender.policy?.mapping(problems: problems) else { return }
        let hint = "a sender's policy narrows, never widens"
        let own = sender.policy
        if own.mode == .enforce, policy.mode == .dryRun {
            section.report("must not be enforce while policy.mode is dry_run", at: "mode", hint: hint)
        }
        if own.approval == .overLimit, policy.approval == .always {
            section.report("must not be over_limit while policy.approval is always", at: "approval", hint: hint)
        }
        if section.has("domains"), !policy.domains.isEmpty {
            let wider = (own.domains ?? []).filter { !policy.domains.contains($0) }
            if own.domains == nil {
                let problem = "must not be empty, which means any, while policy.domains is not"
                section.report(problem, at: "domains", hint: hint)
            } else if !wider.isEmpty {
                let problem = "holds \(wider.joined(separator: ", ")), which policy.domains does not"
                section.report(problem, at: "domains", hint: hint)
            }
        }
        for limit in own.limits {
            // Whoever is counted in a shorter window is counted in a longer one, too.
            guard let tighter = policy.limits.first(where: { $0.window >= limit.window && $0.people < limit.people })
            else { continue }
            section.report(
                "\(Self.words(limit)) is wider than \(Self.words(tighter)), which policy.limits has",
                at: "limits",
                hint: hint
            )
        }
    }

    private static func words(_ limit: Limit) -> String {
        "\(limit.people) people per \(DurationText.text(.milliseconds(Int64(limit.window * 1000))))"
    }
}
