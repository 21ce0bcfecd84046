public import SignedTokens
public import StrictYAML
public import WebhookSignature

/// A configured origin of webhooks, as data (design section 5a). Holds references to secrets, no secret.
public struct Sender: Sendable {
    /// Where a request names its id.
    public enum IDSource: Sendable {
        /// Names of a header; the first one present counts.
        case header([String])
        /// A path in the body.
        case path(JSONPath)
    }

    /// A secret that a request repeats as it is, alone or beside a signature.
    public struct CredentialRule: Sendable {
        public enum Place: Sendable {
            case header(String)
            /// Every value that the path selects must be the secret.
            case path(JSONPath)
        }

        public let place: Place
        public let value: SecretReference
    }

    /// How a new delivery is answered.
    public struct Response: Sendable, Equatable {
        public enum Body: String, Sendable, CaseIterable {
            case json, empty
        }

        /// From 200 to 299.
        public let status: Int
        public let body: Body

        public init(status: Int = 202, body: Body = .json) {
            self.status = status
            self.body = body
        }
    }

    /// How requests that only ask whether we are there are told from deliveries and answered; see ``steps``.
    public enum Handshake: String, Sendable, CaseIterable {
        case none, okta, slack, zoom, gusto, hibob, github
        case microsoftGraph = "microsoft-graph"
        case googleWorkspace = "google-workspace"
    }

    /// The sender's own policy as it is written, to be decoded by whoever knows policies.
    public struct PolicySection: Sendable {
        public let node: YAMLNode
        /// Such as `senders[0].policy`.
        public let path: String
        /// Where the section begins.
        public let section: YAMLMark

        /// Begins to read it.
        public func mapping(problems: YAMLProblems) -> YAMLMapping {
            YAMLMapping(node, path: path, section: section, problems: problems)
        }
    }

    /// The last part of its path, `POST /hooks/{name}`: `a` to `z`, digits and `-`, at most 64 bytes.
    public let name: String
    /// The preset's name, where it has one.
    public let preset: String?
    /// `unproven` where there is no preset.
    public let proof: Preset.Proof
    public let signature: SignatureScheme?
    public let timestamp: TimestampRule?
    public let id: IDSource?
    public let secrets: [SecretReference]
    public let credential: CredentialRule?
    public let token: TokenRule?
    public let events: EventRule
    public let response: Response
    public let handshake: Handshake
    /// Addresses and ranges (`192.0.2.0/24`) that may send; empty for any. Checked to be readable.
    public let allowFrom: [String]
    /// How long a delivery is remembered as a duplicate; `nil` for as long as cases are kept.
    public let replayMemory: Duration?
    public let policy: PolicySection?
    /// Where the sender is written.
    public let mark: YAMLMark
    /// Such as `senders[0]`.
    public let keyPath: String

    /// Where the email of a person is asked for, whom an event names by an id only; `nil` where nobody can be asked.
    public var lookup: LookupRule?

    /// How people ask in a chat; `nil` where the sender is no chat tool.
    public var chat: ChatRule?

    /// The record as it is in force: what is written, laid over the preset. Names where secrets are and holds none.
    public var effective: YAMLNode

    /// What each secret is called, in order: its name, or `#` and its position where it has none.
    public var secretNames: [String] {
        secrets.enumerated().map { position, secret in secret.name ?? "#\(position + 1)" }
    }

    public var interpreter: Interpreter {
        var events = events
        events.lookupID = lookup?.id
        return Interpreter(events)
    }

    /// Headers that vouch for a request, so that they are never kept, in lower case.
    public var secretHeaders: [String] {
        var names = signature?.headers ?? []
        if case .header(let header)? = credential?.place { names.append(header) }
        if let header = token?.header { names.append(header) }
        return names.map { $0.lowercased() }
    }

    /// Headers that must come at most once, in lower case: signature, timestamp, id, credential, token
    /// and those of a handshake.
    public var guardedHeaders: [String] { guardedHeaderGroups.flatMap { $0 } }

    /// The same, names that stand for one another in one group: of these, two must not differ.
    public var guardedHeaderGroups: [[String]] {
        var groups = [signature?.headers ?? [], timestamp?.headers ?? []]
        if case .header(let headers)? = id { groups.append(headers) }
        if case .header(let header)? = credential?.place { groups.append([header]) }
        if let header = token?.header { groups.append([header]) }
        groups += HandshakeRule(handshake)?.guardedHeaders.map { [$0] } ?? []
        return groups.filter { !$0.isEmpty }.map { $0.map { $0.lowercased() } }
    }
}
