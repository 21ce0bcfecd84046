/// A trouble that calls run into: which calls, what happens, and how often.
struct Fault: Sendable {
    enum Kind: String, Sendable, CaseIterable {
        /// Answers ``Fault/status`` with a JSON or an HTML body.
        case status
        /// Answers 200, or ``Fault/status``, with an HTML page.
        case html
        /// The connection is cut and nothing is applied.
        case cutBefore = "cut_before"
        /// The call is applied, then the connection is cut.
        case cutAfter = "cut_after"
        /// The call is applied at once and answered after ``Fault/delay``.
        case slow
        /// The body ends in the middle of its JSON; the framing is intact.
        case truncated
        /// A redirect to ``Fault/location``.
        case redirect
        /// No answer ever; the connection stays open.
        case hang
        /// A page whose `next` is the cursor that asked for it. Matches only calls that carry a cursor.
        case repeatedCursor = "repeated_cursor"
        /// A page without `meta`.
        case missingMeta = "missing_meta"
        /// A page whose `meta.total` is another.
        case total
        /// A page without `next` though rows are left; a last page loses its second half.
        case shortList = "short_list"

        /// Whether the kind changes a page of a list and therefore matches calls of lists only.
        var shapesLists: Bool {
            switch self {
            case .repeatedCursor, .missingMeta, .total, .shortList: true
            default: false
            }
        }

        /// Whether the call itself is left undone unless the fault says `applied: true`.
        var replacesCall: Bool {
            switch self {
            case .status, .html, .cutBefore, .redirect, .hang: true
            default: false
            }
        }
    }

    var kind: Kind
    /// What must match; `nil` matches everything.
    var method: String?
    var path: PathPattern?
    var page: Int?
    var key: String?
    /// After how many matching calls the fault begins, and how often it fires; 0 for ever.
    var skip = 0
    var times = 1
    var status: Int?
    var hasHTMLBody = false
    var retryAfter: String?
    var location = ""
    var delay: Duration = .zero
    /// Added to `total`, or put in its place.
    var total: (value: Int, isRelative: Bool) = (1, true)
    /// Whether the call takes effect although the fault answers in its place.
    var isApplied = false

    /// Matching calls let through, and calls the fault has fired on.
    var skipped = 0
    var fired = 0

    static let keys = [
        "kind", "method", "path", "page", "key", "skip", "times", "status", "body", "retry_after", "location", "delay",
        "value", "applied",
    ]

    init(_ value: YAMLValue) throws(StateError) {
        let mapping = try value.mapping(Self.keys)
        kind = try mapping.required("kind").choice(Kind.self)
        method = try mapping["method"]?.text()
        path = try mapping["path"].map { field throws(StateError) in PathPattern(try field.text()) }
        page = try mapping["page"]?.integer(minimum: 1)
        key = try mapping["key"]?.text()
        skip = try mapping["skip"]?.integer() ?? 0
        times = try mapping["times"]?.integer() ?? 1
        status = try mapping["status"]?.integer(minimum: 200)
        hasHTMLBody = try mapping["body"]?.choice(["json", "html"]) == "html"
        retryAfter = try mapping["retry_after"]?.text()
        isApplied = try mapping["applied"]?.boolean() ?? false
        switch kind {
        case .status:
            status = try mapping.required("status").integer(minimum: 200)
        case .slow:
            delay = try mapping.required("delay").duration()
        case .redirect:
            location = try mapping.required("location").text()
        case .total:
            let field = try mapping.required("value")
            let text = try field.text()
            guard let number = Int(text) else { throw field.error("must be a number; +1 and -1 are relative") }
            total = (number, text.hasPrefix("+") || text.hasPrefix("-"))
        default:
            break
        }
        if let status, status > 599 { throw mapping.value.error("`status` must be 200 to 599") }
        if isApplied, !kind.replacesCall || kind == .cutBefore {
            throw mapping.value.error("`applied` has no meaning with \(kind.rawValue)")
        }
    }

    /// Faults as one mapping, or a list of them.
    static func list(_ value: YAMLValue) throws(StateError) -> [Fault] {
        guard value.isList else { return [try Fault(value)] }
        var faults: [Fault] = []
        for item in try value.list() { faults.append(try Fault(item)) }
        return faults
    }

    /// Whether the fault has not yet fired as often as it shall.
    var isAlive: Bool { times == 0 || fired < times }

    var json: JSON {
        .object([
            ("kind", .string(kind.rawValue)), ("method", method.map { .string($0) } ?? .null),
            ("path", path.map { .string($0.text) } ?? .null), ("page", page.map { .integer($0) } ?? .null),
            ("key", key.map { .string($0) } ?? .null), ("skip", .integer(skip)), ("times", .integer(times)),
            ("skipped", .integer(skipped)), ("fired", .integer(fired)),
        ])
    }
}

/// A path with `*` for any characters but `/`, and `**` for any characters.
struct PathPattern: Sendable {
    let text: String

    init(_ text: String) { self.text = text }

    func matches(_ path: String) -> Bool { Self.matches(Array(text.utf8)[...], Array(path.utf8)[...]) }

    private static func matches(_ pattern: ArraySlice<UInt8>, _ path: ArraySlice<UInt8>) -> Bool {
        guard let first = pattern.first else { return path.isEmpty }
        guard first == UInt8(ascii: "*") else {
            return path.first == first && matches(pattern.dropFirst(), path.dropFirst())
        }
        var rest = pattern.dropFirst()
        let crosses = rest.first == UInt8(ascii: "*")
        if crosses { rest = rest.dropFirst() }
        var path = path
        while true {
            if matches(rest, path) { return true }
            guard let next = path.first, crosses || next != UInt8(ascii: "/") else { return false }
            path = path.dropFirst()
        }
    }
}
