import Offboarding
import StrictYAML

extension ConfigurationReader {
    /// The `policy` section.
    func policy(_ section: YAMLMapping?, senders: [String: SenderPolicy]) -> Policy {
        guard let section else { return Policy(mode: .dryRun) }
        var policy = Policy(mode: section.choice("mode", .required) ?? .dryRun, senders: senders)
        policy.domains = domains(section) ?? policy.domains
        policy.protected = protected(section)
        policy.approval = section.choice("approval") ?? policy.approval
        policy.limits = limits(section) ?? policy.limits
        policy.fractionOfOrganization =
            section.number("fraction_of_organization", in: 0...1) ?? policy.fractionOfOrganization
        policy.severalIDs = section.choice("several_ids") ?? policy.severalIDs
        policy.fourEyes = section.boolean("four_eyes") ?? policy.fourEyes
        policy.also = section.choices("also").map { Set($0) } ?? policy.also
        policy.grace = section.duration("grace", in: .zero...(.seconds(366 * 86_400)))?.seconds ?? policy.grace
        return policy
    }

    /// The `policy` section of a sender: what it narrows. Keys that could only widen are unknown here.
    func senderPolicy(_ section: YAMLMapping?) -> SenderPolicy {
        guard let section else { return SenderPolicy() }
        return SenderPolicy(
            mode: section.choice("mode"),
            approval: section.choice("approval"),
            domains: domains(section).flatMap { $0.isEmpty ? nil : $0 },
            limits: limits(section) ?? []
        )
    }

    private func domains(_ section: YAMLMapping) -> [String]? {
        section.strings("domains")?.compactMap { domain($0, key: "domains", in: section) }
    }

    /// A domain in the form in which domains are compared.
    private func domain(_ text: String, key: String, in section: YAMLMapping) -> String? {
        do throws(UnusableEmail) {
            return try EmailAddress("someone@\(text)").domain
        } catch {
            section.report("\(text) is no domain", at: key, hint: "such as example.com")
            return nil
        }
    }

    private func protected(_ section: YAMLMapping) -> [Protected] {
        (section.strings("protected") ?? []).compactMap { text in
            guard text.contains("@") else { return .user(UserID(text)) }
            if text.hasPrefix("*@") {
                return domain(String(text.dropFirst(2)), key: "protected", in: section).map(Protected.domain)
            }
            do throws(UnusableEmail) {
                return .email(try EmailAddress(text))
            } catch {
                section.report(
                    "an entry cannot be compared: \(error.rawValue)",
                    at: "protected",
                    hint: "an email, *@domain, or a user id"
                )
                return nil
            }
        }
    }

    private func limits(_ section: YAMLMapping) -> [Limit]? {
        section.mappings("limits")?.compactMap { item in
            let people = item.integer("people", in: 0...1_000_000, .required)
            let window = item.duration("per", in: .seconds(1)...(.seconds(366 * 86_400)), .required)
            guard let people, let window else { return nil }
            return Limit(people: people, per: window.seconds)
        }
    }
}
