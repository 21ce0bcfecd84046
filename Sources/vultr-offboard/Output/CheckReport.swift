import Offboarding
import Presentation
import Senders
import SignedTokens
import WebhookSignature

/// What `check` found out.
struct CheckReport: Sendable {
    /// One key, as one reading shows it.
    struct Key: Sendable {
        let reading: KeyReading
        /// What keeps the key from doing its work.
        let problems: [String]
        /// What an operator should know.
        let warnings: [String]
    }

    struct CheckedSender: Sendable {
        let sender: Sender
        /// Whether it is a dry run while the policy enforces.
        let isShadow: Bool
        /// Whether a signed id tells repetitions; else the body's digest does.
        let signsID: Bool
        let warnings: [String]
        /// What can be done now, such as taking out an old secret.
        let notes: [String]
    }

    let mode: Policy.Mode
    let keys: [Key]
    let senders: [CheckedSender]
    let notifications: [NotificationSettings]
    /// Organizations that some key lists and no key acts on.
    let uncovered: [OrganizationID]
    /// What concerns no single key or sender.
    let warnings: [String]

    /// Whether every key can do its work.
    var isSound: Bool { keys.allSatisfy(\.problems.isEmpty) }

    /// 0 where every key can do its work, 69 where Vultr was merely out of reach, else 1.
    var status: CommandStatus {
        let failing = keys.filter { !$0.problems.isEmpty }
        if failing.isEmpty { return .done }
        return failing.allSatisfy { $0.reading.failure?.passes ?? false } ? .unavailable : .no
    }

    /// - Parameter usage: what the store remembers of senders; `nil` where there is no store.
    init(_ configuration: Configuration, reading: DirectoryReading, usage: SenderUsage? = nil) {
        mode = configuration.policy.mode
        keys = reading.keys.map { Key(reading: $0, problems: Self.problems($0), warnings: Self.warnings($0)) }
        senders = configuration.senders.map { Self.checked($0, mode: configuration.policy.mode, usage: usage) }
        notifications = configuration.notifications
        uncovered = reading.uncovered
        var warnings: [String] = []
        if senders.isEmpty { warnings.append("there is no sender, so serve would refuse to start") }
        if configuration.vultr.requestsPerSecond > 30 {
            warnings.append("vultr.requests_per_second is above the 30 that Vultr allows an address")
        }
        if configuration.audit.key == nil {
            warnings.append("there is no audit.key: the audit chain is linked and not signed; audit keygen makes one")
        }
        if configuration.policy.mode == .dryRun { warnings.append("policy.mode is dry_run: nobody is removed") }
        warnings += (usage?.losses ?? []).map { "on \(TimeText.text($0.foundAt)) it was found that \($0)" }
        self.warnings = warnings
    }

    private static func problems(_ key: KeyReading) -> [String] {
        if let failure = key.failure { return ["cannot be used: \(failure)"] }
        var problems: [String] = []
        if let doubt = key.organizations.doubt {
            problems.append("the organizations list is not proven complete: \(doubt)")
        } else if key.organizations.rows.isEmpty {
            problems.append("it lists no organization")
        }
        if let doubt = key.users.doubt { problems.append("the users list is not proven complete: \(doubt)") }
        if !key.missing.isEmpty {
            let ids = key.missing.map(\.text).joined(separator: ", ")
            problems.append("it does not list organization \(ids), which it is configured for")
        }
        if key.listsOneOrganization { problems += suspendedTroubles(key) }
        return problems
    }

    private static func warnings(_ key: KeyReading) -> [String] {
        guard key.failure == nil else { return [] }
        var warnings: [String] = []
        if !key.listsOneOrganization {
            warnings += suspendedTroubles(key).map { "\($0); a DELETE answered 404 there needs a person" }
        }
        if key.organizations.rows.count > 1, key.key.usersList == .oneOrganization {
            warnings.append(
                "it lists \(key.organizations.rows.count) organizations and users_list is one_organization: "
                    + "whoever is not on its users list ends in attention"
            )
        }
        let undeclared = key.users.rows.count { $0.isServiceUser == nil }
        if undeclared > 0 {
            warnings.append("\(undeclared) of its rows do not say whether they are service users; each is asked for")
        }
        return warnings
    }

    private static func suspendedTroubles(_ key: KeyReading) -> [String] {
        key.covered.compactMap { organization in
            switch key.suspended[organization.id] {
            case .success(let listing)?:
                listing.doubt.map { "the suspended users of \(organization.id) are not proven complete: \($0)" }
            case .failure(let error)?: "the suspended users of \(organization.id) cannot be read: \(error)"
            case nil: "the suspended users of \(organization.id) were not read"
            }
        }
    }

    private static func checked(
        _ configured: ConfiguredSender,
        mode: Policy.Mode,
        usage: SenderUsage?
    ) -> CheckedSender {
        let sender = configured.sender
        let signsID =
            switch sender.id {
            case .header: sender.signature?.content.signsID ?? false
            case .path: sender.signature != nil || sender.token?.signsBody == true
            // The `jti` of a token that is the body.
            case nil: sender.token.map { $0.header == nil } ?? false
            }
        var warnings = configured.authenticator?.warnings ?? []
        if !signsID {
            warnings.append(
                "its requests have no signed id, so the body's digest tells repetitions from new deliveries"
            )
        }
        if sender.proof == .unproven {
            warnings.append("its rules were not seen on a published vector or a live delivery")
        }
        return CheckedSender(
            sender: sender,
            isShadow: mode == .enforce && configured.policy.mode == .dryRun,
            signsID: signsID,
            warnings: warnings,
            notes: usage?.advice(on: sender.name, secrets: sender.secretNames) ?? []
        )
    }
}
