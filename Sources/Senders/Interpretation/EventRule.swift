/// How a body says who left, as data (design section 5a, `events`).
public struct EventRule: Sendable {
    public enum Format: String, Sendable, CaseIterable {
        case json
        /// One JSON value a line.
        case ndjson
        /// `application/x-www-form-urlencoded`; its fields become an object of texts.
        case form
    }

    /// An event counts only when one of the path's values is one of the texts.
    public struct Condition: Sendable {
        public let path: JSONPath
        public let equals: [String]

        public init(path: JSONPath, equals: [String]) {
            self.path = path
            self.equals = equals
        }
    }

    public var format: Format
    /// The form's field that holds JSON, which then is the body.
    public var formJSON: String?
    /// The events of a body. A value that is an array is each of its elements.
    public var each: JSONPath
    /// The event's type.
    public var type: JSONPath
    public var departed: [String]
    public var reinstated: [String]
    public var when: [Condition]
    /// In order; the first path with a value counts.
    public var email: [JSONPath]
    /// All of them count.
    public var aliases: [JSONPath]
    public var effectiveAt: JSONPath?
    public var occurredAt: JSONPath?

    public init(
        format: Format = .json,
        formJSON: String? = nil,
        each: JSONPath = .event,
        type: JSONPath,
        departed: [String],
        reinstated: [String] = [],
        when: [Condition] = [],
        email: [JSONPath],
        aliases: [JSONPath] = [],
        effectiveAt: JSONPath? = nil,
        occurredAt: JSONPath? = nil
    ) {
        self.format = format
        self.formJSON = formJSON
        self.each = each
        self.type = type
        self.departed = departed
        self.reinstated = reinstated
        self.when = when
        self.email = email
        self.aliases = aliases
        self.effectiveAt = effectiveAt
        self.occurredAt = occurredAt
    }
}
