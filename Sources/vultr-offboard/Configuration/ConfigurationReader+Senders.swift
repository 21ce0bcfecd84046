import Offboarding
import Senders
import StrictYAML

extension ConfigurationReader {
    /// The `senders` section: how each signs and speaks is the senders' own matter, what each may do is decided here.
    func senders(_ document: YAMLMapping) -> [ConfiguredSender] {
        guard let items = document.mappings("senders", .required) else { return [] }
        if items.isEmpty, needs.contains(.senders) { document.report("must hold at least one sender", at: "senders") }
        return Sender.readAll(items).map { sender in
            let policy = sender.policy?.mapping(problems: document.problems)
            let narrowed = senderPolicy(policy)
            policy?.finish()
            if let lookup = sender.lookup { check(lookup, of: sender, document.problems) }
            return ConfiguredSender(
                sender: sender,
                authenticator: needs.contains(.senderSecrets)
                    ? Authenticator(
                        sender,
                        environment: environment,
                        relativeTo: directory,
                        problems: document.problems
                    ) : nil,
                policy: narrowed
            )
        }
    }
}
