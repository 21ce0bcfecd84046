public import Foundation

public typealias LimitOverrideID = Identifier<LimitOverride>

/// A person's word that more people than usual may be removed for a while, and why (rule 16).
///
/// It raises how many people every window lets pass; the fraction of an organization and every other rule stay as they
/// are. It ends by itself, and is kept when it has ended.
public struct LimitOverride: Sendable, Equatable {
    /// The longest one, in seconds: whoever needs more for longer changes the configuration, where others see it.
    public static let longest: TimeInterval = 7 * 86_400

    public let id: LimitOverrideID
    /// How many people each window lets pass, where its own number is smaller.
    public let people: Int
    /// Whose own limits are raised; `nil` raises the policy's.
    public let sender: String?
    public let reason: String
    /// The operating system's user who said it.
    public let by: String
    public let from: Date
    public let until: Date
    /// When somebody ended it before its time, and who.
    public var endedAt: Date?
    public var endedBy: String?

    public init(
        id: LimitOverrideID,
        people: Int,
        sender: String?,
        reason: String,
        by person: String,
        from: Date,
        until: Date,
        endedAt: Date? = nil,
        endedBy: String? = nil
    ) {
        self.id = id
        self.people = people
        self.sender = sender
        self.reason = reason
        self.by = person
        self.from = from
        self.until = until
        self.endedAt = endedAt
        self.endedBy = endedBy
    }

    /// Whether it counts at a moment. A clock that was set back ends it: what was granted for two hours must not last.
    public func isInForce(at now: Date) -> Bool {
        endedAt == nil && from <= now && now < until
    }
}

extension Policy {
    /// The policy with its limits as overrides raise them.
    func raised(by overrides: [LimitOverride]) -> Policy {
        var raised = self
        raised.limits = Self.raised(limits, by: overrides.filter { $0.sender == nil })
        for (name, own) in senders where !own.limits.isEmpty {
            raised.senders[name]?.limits = Self.raised(own.limits, by: overrides.filter { $0.sender == name })
        }
        return raised
    }

    private static func raised(_ limits: [Limit], by overrides: [LimitOverride]) -> [Limit] {
        guard let people = overrides.map(\.people).max() else { return limits }
        return limits.map { Limit(people: max($0.people, people), per: $0.window) }
    }
}
