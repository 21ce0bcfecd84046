/// A value in an audit entry: of what JSON has, only what RFC 8785 writes in one way without thinking about it.
public indirect enum AuditValue: Sendable, Equatable {
    case text(String)
    /// A whole number, at most 2^53 away from zero (RFC 8785, section 3.2.2.3).
    case number(Int64)
    case boolean(Bool)
    case list([AuditValue])
    /// The names are ASCII, so that their order by bytes is RFC 8785's order by UTF-16 code units.
    case object([String: AuditValue])

    /// The text, where it is one.
    public var text: String? { if case .text(let text) = self { text } else { nil } }

    /// The number, where it is one.
    public var number: Int64? { if case .number(let number) = self { number } else { nil } }

    /// The items, where it is a list.
    public var list: [AuditValue]? { if case .list(let items) = self { items } else { nil } }
}

extension AuditValue: Decodable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        // A boolean first: some decoders give it out as a number, too.
        if let value = try? container.decode(Bool.self) {
            self = .boolean(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([AuditValue].self) {
            self = .list(value)
        } else {
            self = .object(try container.decode([String: AuditValue].self))
        }
    }
}
