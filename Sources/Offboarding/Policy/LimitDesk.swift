public import Foundation

/// Where persons see how much of the limits is used, and raise them for a while.
public struct LimitDesk: Sendable {
    private let store: any Store
    private let time: any TimeSource
    private let policy: Policy

    /// How many overrides are looked back at.
    static let remembered = 100

    public init(store: any Store, time: any TimeSource, policy: Policy) {
        self.store = store
        self.time = time
        self.policy = policy
    }

    /// How the limits stand now.
    ///
    /// - Throws: ``StoreError``.
    public func show() async throws -> LimitStanding {
        let now = time.now()
        let policy = policy
        return try await store.read { session in
            let overrides = try session.limitOverrides(limit: Self.remembered)
            let raised = policy.raised(by: try session.limitOverrides(at: now))
            func usages(_ limits: [Limit], _ raised: [Limit], _ sender: String?) throws -> [LimitStanding.Usage] {
                try zip(limits, raised).map { limit, raised in
                    let used = try session.plannedUsers(
                        since: now.addingTimeInterval(-limit.window),
                        sender: sender,
                        countingDryRuns: policy.isDryRun([sender].compactMap { $0 }),
                        excluding: nil
                    )
                    return LimitStanding.Usage(sender: sender, limit: limit, people: raised.people, used: used.count)
                }
            }
            var all = try usages(policy.limits, raised.limits, nil)
            for (name, own) in policy.senders.sorted(by: { $0.key < $1.key }) {
                all += try usages(own.limits, raised.senders[name]?.limits ?? own.limits, name)
            }
            return LimitStanding(
                usages: all,
                fractionOfOrganization: policy.fractionOfOrganization,
                overrides: overrides,
                at: now
            )
        }
    }

    /// Raises limits for a while.
    ///
    /// - Parameters:
    ///   - people: how many people each window lets pass.
    ///   - duration: in seconds, at most ``LimitOverride/longest``.
    ///   - sender: whose own limits; `nil` for the policy's.
    /// - Throws: ``LimitDeskError`` where it would change nothing or go too far; ``StoreError``.
    public func raise(
        to people: Int,
        for duration: TimeInterval,
        because reason: String,
        sender: String?,
        by person: String
    ) async throws -> LimitOverride {
        let limits = sender.map { policy.senders[$0]?.limits ?? [] } ?? policy.limits
        guard !limits.isEmpty else { throw LimitDeskError.noLimits(sender: sender) }
        guard limits.contains(where: { $0.people < people }) else { throw LimitDeskError.raisesNothing(people) }
        guard duration > 0, duration <= LimitOverride.longest else { throw LimitDeskError.tooLong }
        guard !reason.allSatisfy(\.isWhitespace) else { throw LimitDeskError.noReason }
        let now = time.now()
        let override = LimitOverride(
            id: .make(prefix: "o_", at: now),
            people: people,
            sender: sender,
            reason: reason,
            by: person,
            from: now,
            until: now.addingTimeInterval(duration)
        )
        try await store.write { try $0.insert(override) }
        return override
    }

    /// Ends an override before its time.
    ///
    /// - Throws: ``LimitDeskError`` where it is unknown or over; ``StoreError``.
    public func end(_ id: LimitOverrideID, by person: String) async throws -> LimitOverride {
        let now = time.now()
        return try await store.write { session in
            guard var override = try session.limitOverride(id) else { throw LimitDeskError.unknown(id) }
            guard override.isInForce(at: now) else { throw LimitDeskError.over(id) }
            override.endedAt = now
            override.endedBy = person
            try session.update(override)
            return override
        }
    }
}

/// How the limits stand at a moment.
public struct LimitStanding: Sendable {
    public struct Usage: Sendable, Equatable {
        /// Whose own limit it is; `nil` for the policy's.
        public let sender: String?
        /// As the configuration has it.
        public let limit: Limit
        /// How many people it lets pass now, overrides counted.
        public let people: Int
        /// How many are planned or gone in its window.
        public let used: Int

        public var left: Int { max(0, people - used) }
    }

    public let usages: [Usage]
    /// Of each organization's people, which no override raises.
    public let fractionOfOrganization: Double
    /// The latest, ended ones included, newest first.
    public let overrides: [LimitOverride]
    public let at: Date
}

/// Why limits cannot be changed as asked.
public enum LimitDeskError: Error, Sendable, Equatable, CustomStringConvertible {
    case noLimits(sender: String?)
    case raisesNothing(Int)
    case tooLong
    case noReason
    case unknown(LimitOverrideID)
    case over(LimitOverrideID)

    public var description: String {
        switch self {
        case .noLimits(let sender?):
            "sender \(sender) has no limits of its own; leave --sender away to raise the policy's"
        case .noLimits(nil): "the policy has no limits"
        case .raisesNothing(let people): "every limit lets \(people) people pass as it is"
        case .tooLong:
            "an override lasts at most \(Policy.text(LimitOverride.longest)); for longer, change the configuration"
        case .noReason: "say why: the reason is kept"
        case .unknown(let id): "there is no override \(id)"
        case .over(let id): "override \(id) is over"
        }
    }
}
