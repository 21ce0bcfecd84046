import HTTPListener
import Logging
import Offboarding
import Senders

/// Everything that a process of ours is told: checked, its paths absolute.
struct Configuration: Sendable {
    /// What a command cannot do without. A person who looks at cases need not be able to read the daemon's secrets.
    struct Needs: OptionSet, Sendable {
        let rawValue: Int

        /// The secrets of the keys resolve.
        static let keySecrets = Needs(rawValue: 1)
        /// The secrets of the senders resolve.
        static let senderSecrets = Needs(rawValue: 2)
        /// There is at least one sender.
        static let senders = Needs(rawValue: 4)
        /// The secrets of lookups and notifications resolve.
        static let outboundSecrets = Needs(rawValue: 8)
        /// The key that signs the audit chain can be read.
        static let auditKey = Needs(rawValue: 16)
        /// The console's tokens resolve.
        static let consoleTokens = Needs(rawValue: 32)
        /// The store's URI can be read.
        static let store = Needs(rawValue: 64)
        static let everything: Needs = [
            .keySecrets, .senderSecrets, .senders, .outboundSecrets, .auditKey, .consoleTokens, .store,
        ]
    }

    /// The file it was read from; `nil` where the environment was.
    let file: String?
    /// Where relative paths start.
    let directory: String
    let listen: ListenerSettings
    let console: ConsoleSettings
    let storage: StorageSettings
    let vultr: VultrSettings
    /// In the order of the file; no name comes twice.
    let senders: [ConfiguredSender]
    let policy: Policy
    let retry: RetryPolicy
    let sweep: SweepPolicy
    let retention: RetentionPolicy
    /// In the order of the file; no name comes twice.
    let notifications: [NotificationSettings]
    let log: LogSettings
    let audit: AuditSettings
    /// Lower-case hex SHA-256 of the file, or of what stands for it: secrets are named in it and never written, so that
    /// it tells nobody anything but whether the configuration is the same.
    let digest: String

    /// The sender of a name.
    func sender(named name: String) -> ConfiguredSender? { senders.first { $0.sender.name == name } }
}

/// A sender of the configuration.
struct ConfiguredSender: Sendable {
    let sender: Sender
    /// `nil` where secrets were not asked for.
    let authenticator: Authenticator?
    /// What it narrows.
    let policy: SenderPolicy
}

/// What is written to standard error, and how.
struct LogSettings: Sendable, Equatable {
    enum Format: String, Sendable, CaseIterable {
        case json, text
    }

    var format = Format.json
    var level = Logger.Level.info
}

/// Why a configuration cannot be used: one problem a line, each with its place.
struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    let problems: [String]

    var description: String { problems.joined(separator: "\n") }
}
