/// How a body says who left, as data (design section 5a, `events`).
public struct EventRule: Sendable {
    public enum Format: String, Sendable, CaseIterable {
        case json
        /// One JSON value a line.
        case ndjson
        /// `application/x-www-form-urlencoded`; its fields become an object of texts.
        case form
        /// A Security Event Token (RFC 8417): the claims of the JWS that is the body.
        case set
    }

    /// Where the event's type, or what a condition asks for, is written.
    public enum Place: Sendable {
        case path(JSONPath)
        /// The name of a header, in lower case. It is as trustworthy as what verified the request: few signatures cover
        /// it.
        case header(String)
        /// The names of the members of the objects at a path, such as `events` of a Security Event Token.
        case namesOf(JSONPath)
    }

    /// An event counts only where its conditions are met.
    public struct Condition: Sendable {
        public enum Comparison: Sendable {
            /// One of the place's values is one of the texts.
            case equals([String])
            /// None of the place's values is one of the texts; where there are no values it is met.
            case notEquals([String])
        }

        public let place: Place
        public let comparison: Comparison

        public init(place: Place, comparison: Comparison) {
            self.place = place
            self.comparison = comparison
        }

        public init(path: JSONPath, equals: [String]) {
            self.init(place: .path(path), comparison: .equals(equals))
        }
    }

    /// What a number in `effective_at` and `occurred_at` counts, since 1970 began in UTC.
    public enum TimeUnit: String, Sendable, CaseIterable {
        case seconds = "s"
        case milliseconds = "ms"
    }

    /// The most paths of ``nestedJSON``: each may add as many levels as a document has.
    public static let mostNestedJSON = 8

    public var format: Format
    /// The form's field that holds JSON, which then is the body. A form without the field is read as its fields.
    public var formJSON: String?
    /// Texts that hold JSON, read in place one path after another, before any other path is applied. `$` is the body.
    public var nestedJSON: [JSONPath]
    /// The events of a body. A value that is an array is each of its elements.
    public var each: JSONPath
    /// The event's type.
    public var type: Place
    public var departed: [String]
    public var reinstated: [String]
    public var when: [Condition]
    /// In order; the first path with a value counts.
    public var email: [JSONPath]
    /// All of them count.
    public var aliases: [JSONPath]
    /// Places of people who never are the leaver. An email or alias that stands at one, or inside one, makes the event
    /// unresolved, whatever the other paths say.
    public var never: [JSONPath]
    public var effectiveAt: JSONPath?
    public var occurredAt: JSONPath?
    /// `nil` where times are RFC 3339 texts only.
    public var timeUnit: TimeUnit?
    /// Where an event names a person whose email is asked for elsewhere; `nil` where nobody can be asked.
    public var lookupID: JSONPath?

    public init(
        format: Format = .json,
        formJSON: String? = nil,
        nestedJSON: [JSONPath] = [],
        each: JSONPath = .event,
        type: Place,
        departed: [String],
        reinstated: [String] = [],
        when: [Condition] = [],
        email: [JSONPath],
        aliases: [JSONPath] = [],
        never: [JSONPath] = [],
        effectiveAt: JSONPath? = nil,
        occurredAt: JSONPath? = nil,
        timeUnit: TimeUnit? = nil
    ) {
        self.format = format
        self.formJSON = formJSON
        self.nestedJSON = nestedJSON
        self.each = each
        self.type = type
        self.departed = departed
        self.reinstated = reinstated
        self.when = when
        self.email = email
        self.aliases = aliases
        self.never = never
        self.effectiveAt = effectiveAt
        self.occurredAt = occurredAt
        self.timeUnit = timeUnit
    }
}
