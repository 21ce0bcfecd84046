public import Offboarding

/// Where notices go, as it is configured. Holds no secret: it reads them when it sends.
public struct NoticeTarget: Sendable {
    public enum Kind: String, Sendable, CaseIterable {
        /// An incoming webhook of Slack.
        case slack
        /// A workflow of Microsoft Teams that begins with a webhook.
        case teams
        /// A signed webhook (https://www.standardwebhooks.com).
        case standardWebhooks = "standard-webhooks"
        /// Mail by a relay near by.
        case email
    }

    /// Whom Slack calls where a person is needed.
    public enum Mention: String, Sendable, CaseIterable {
        /// Who is there.
        case here
        /// Everybody of the channel.
        case channel
    }

    /// Reads a secret as it is now; throws what says where it was looked for, never what was there.
    public typealias Reader = @Sendable () throws -> String

    /// In which way a message is brought there.
    public enum Way: Sendable {
        /// The URL of an incoming webhook is a secret.
        case slack(url: Reader, mention: Mention?)
        /// So is a workflow's.
        case teams(url: Reader)
        /// `secret` gives what signs, `whsec_…`.
        case standardWebhooks(url: Reader, secret: Reader)
        case email(MailRoute)
    }

    public let name: String
    /// What it is told.
    public let events: [Notice.Kind]
    public let way: Way
    /// Whether the host may be in a private network.
    public let allowPrivate: Bool

    public init(name: String, events: [Notice.Kind], way: Way, allowPrivate: Bool) {
        self.name = name
        self.events = events
        self.way = way
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

/// From whom to whom mails go, and by which relay.
public struct MailRoute: Sendable, Equatable {
    public let from: MailAddress
    /// Never empty.
    public let to: [MailAddress]
    public let relay: MailRelay

    public init(from: MailAddress, to: [MailAddress], relay: MailRelay) {
        self.from = from
        self.to = to
        self.relay = relay
    }
}
