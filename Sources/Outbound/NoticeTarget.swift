public import Offboarding

/// Where notices go, as it is configured. Holds no secret: it reads them when it sends.
public struct NoticeTarget: Sendable {
    public enum Kind: String, Sendable, CaseIterable {
        /// An incoming webhook of Slack.
        case slack
        /// A signed webhook (https://www.standardwebhooks.com).
        case standardWebhooks = "standard-webhooks"
    }

    /// Reads a secret as it is now; throws what says where it was looked for, never what was there.
    public typealias Reader = @Sendable () throws -> String

    public let name: String
    public let kind: Kind
    /// What it is told.
    public let events: [Notice.Kind]
    /// Gives the URL, which for Slack is a secret.
    public let url: Reader
    /// Gives what signs, `whsec_…`; `nil` where nothing is signed.
    public let secret: Reader?
    /// Whether the host may be in a private network.
    public let allowPrivate: Bool

    public init(
        name: String,
        kind: Kind,
        events: [Notice.Kind],
        url: @escaping Reader,
        secret: Reader?,
        allowPrivate: Bool
    ) {
        self.name = name
        self.kind = kind
        self.events = events
        self.url = url
        self.secret = secret
        self.allowPrivate = allowPrivate
    }

    /// Checks a target's URL.
    ///
    /// - Throws: `OutboundTarget.Problem`.
    public static func target(
        _ url: String,
        allowPrivate: Bool
    ) throws(OutboundTarget.Problem) -> OutboundTarget {
        // Who writes a loopback address there means it.
        let allowance: AddressAllowance =
            allowPrivate ? .privateNetworks : OutboundTarget.namesThisMachine(url) ? .loopback : .global
        return try OutboundTarget(url, allowing: allowance)
    }
}
