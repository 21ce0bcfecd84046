public import Foundation

/// What an entry says, read back from its bytes.
public struct AuditRecord: Sendable, Equatable {
    public let sequence: Int64
    public let hash: [UInt8]
    /// RFC 3339 in UTC with milliseconds.
    public let at: String
    /// A kind that a newer version wrote stays readable.
    public let kind: String
    /// `engine`, `sender:NAME` or `person:NAME`.
    public let actor: String
    public let caseID: CaseID?
    public let delivery: DeliveryID?
    /// Commitments to the person's addresses, the main one first, in lower-case hex.
    public let subject: [String]
    public let facts: [String: AuditValue]

    private struct Members: Decodable {
        let at: String
        let kind: String
        let actor: String
        let `case`: String?
        let delivery: String?
        let subject: [String]?
        let facts: [String: AuditValue]
    }

    /// - Throws: `DecodingError` where the bytes are no entry.
    public init(_ entry: AuditEntry) throws {
        let members = try JSONDecoder().decode(Members.self, from: Data(entry.bytes))
        sequence = entry.sequence
        hash = entry.hash
        at = members.at
        kind = members.kind
        actor = members.actor
        caseID = members.case.map { CaseID($0) }
        delivery = members.delivery.map { DeliveryID($0) }
        subject = members.subject ?? []
        facts = members.facts
    }

    /// Whether it is of a kind that this version knows.
    public func `is`(_ kind: AuditEvent.Kind) -> Bool { self.kind == kind.rawValue }

    /// When it happened; `nil` where the time cannot be read.
    public var date: Date? { Self.date(at) }

    /// Reads a time of an entry or of a fact.
    public static func date(_ text: String) -> Date? {
        try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true, timeZone: .gmt))
    }
}
