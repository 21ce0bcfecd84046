public import HTTPListener
public import Logging
public import Offboarding

/// What the console stands on.
public struct ConsoleParts: Sendable {
    /// A configured sender, as far as operators see it.
    public struct Sender: Sendable {
        public let name: String
        public let preset: String?
        /// What it is told of comes to: the policy's mode, or its own narrower one.
        public let mode: Policy.Mode

        public init(name: String, preset: String?, mode: Policy.Mode) {
            self.name = name
            self.preset = preset
            self.mode = mode
        }
    }

    public var store: any Store
    /// By which name people know this machine.
    public var node: String
    public var time: any TimeSource
    public var policy: Policy
    /// In the order of the configuration.
    public var senders: [Sender]
    /// What each key showed last, in the order of the configuration; asks nobody.
    public var keys: @Sendable () async -> [LatestReading]
    public var sha256: SHA256Function
    public var signed: AuditSignatureCheck
    /// Answers `GET /metrics`; `nil` where there are none.
    public var metrics: (any Endpoint)?
    public var logger: Logger

    public init(
        store: any Store,
        node: String,
        time: any TimeSource,
        policy: Policy,
        senders: [Sender],
        keys: @escaping @Sendable () async -> [LatestReading],
        sha256: @escaping SHA256Function,
        signed: @escaping AuditSignatureCheck,
        metrics: (any Endpoint)? = nil,
        logger: Logger
    ) {
        self.store = store
        self.node = node
        self.time = time
        self.policy = policy
        self.senders = senders
        self.keys = keys
        self.sha256 = sha256
        self.signed = signed
        self.metrics = metrics
        self.logger = logger
    }
}

/// Who may use the console, and under which names.
public struct ConsoleAccess: Sendable {
    /// Under which names a proxy reaches it, besides this machine's own.
    public var hosts: [String]
    public var tokens: [ConsoleToken]
    /// Who is signed in.
    public var sessions: Sessions
    /// Whom a reverse proxy vouches for, instead of tokens; `nil` where none is believed.
    public var proxy: ProxyUsers?

    public init(hosts: [String], tokens: [ConsoleToken], sessions: Sessions, proxy: ProxyUsers? = nil) {
        self.proxy = proxy
        self.hosts = hosts
        self.tokens = tokens
        self.sessions = sessions
    }
}
