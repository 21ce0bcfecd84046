/// Asks what would be removed for a person, and changes nothing.
public struct PlanInquiry: Sendable {
    private let store: any Store
    private let directory: Directory
    private let policy: Policy
    private let sha256: SHA256Function
    private let time: any TimeSource

    public init(
        store: any Store,
        directory: Directory,
        policy: Policy,
        sha256: @escaping SHA256Function,
        time: any TimeSource
    ) {
        self.store = store
        self.directory = directory
        self.policy = policy
        self.sha256 = sha256
        self.time = time
    }

    /// Reads every key and plans.
    ///
    /// - Parameter sender: whose policy narrows; ``Case/commandLine`` where a person asks.
    public func answer(
        for email: EmailAddress,
        aliases: [EmailAddress] = [],
        sender: String = Case.commandLine
    ) async throws -> PlanAnswer {
        let reading = await directory.reading(begunAfter: time.instant())
        let remembered = try await store.read { try $0.memberships(seenUnder: [email] + aliases) }
        let plan = await Planning(directory: directory, policy: policy)
            .plan(for: email, aliases: aliases, senders: [sender], remembered: remembered, from: reading)
        return PlanAnswer(plan: plan, digest: try plan.digest(sha256: sha256))
    }
}

/// A plan as the lists show it now, with what keeps it from being the whole truth.
public struct PlanAnswer: Sendable, Equatable {
    public let plan: Plan
    /// The plan's digest (rule 17).
    public let digest: String

    public init(plan: Plan, digest: String) {
        self.plan = plan
        self.digest = digest
    }

    /// What keeps the plan from being the whole truth.
    public var doubts: [Plan.Doubt] { plan.doubts }

    /// The keys whose lists do not prove the whole truth about the person, each once, in the order in which they came.
    public var unprovenKeys: [String] {
        var seen: Set<String> = []
        return doubts.map(\.key).filter { seen.insert($0).inserted }
    }

    /// Whether only a person could complete a case with this plan; the case would end in `attention`.
    public var needsPerson: Bool {
        let showsOnlyServiceUsers =
            !plan.entries.isEmpty && plan.entries.allSatisfy { $0.action == .serviceUser }
        return plan.protection != nil || showsOnlyServiceUsers || doubts.contains { $0.remedy == .person }
    }

    /// Whether something that passes by itself keeps the answer from being complete.
    public var mustWait: Bool { doubts.contains { $0.remedy == .waiting } }
}
