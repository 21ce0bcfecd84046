import Foundation
import Offboarding
import Presentation

/// Everything that is kept of a person, ready to be shown.
struct PersonPresentation: Sendable {
    let file: PersonFile
    let cases: [CasePresentation]

    init(_ file: PersonFile, in session: any StoreReadings) throws {
        self.file = file
        cases = try file.cases.map { try CasePresentation($0, in: session) }
    }

    var json: JSONOutput {
        .object([
            ("emails", .list(file.emails.map { .text($0.text) })),
            ("cases", .list(cases.map(\.json))),
            ("said", .list(file.statements.map(Self.json))),
            ("deliveries", .list(file.deliveries.map(Self.json))),
            ("addresses", .list(file.sightings.map(Self.json))),
            ("notices", .list(file.notices.map(Self.json))),
        ])
    }

    private static func json(_ statement: Statement) -> JSONOutput {
        .object([
            ("kind", .text(statement.departure.kind.rawValue)),
            ("email", .text(statement.departure.email.text)),
            ("aliases", .list(statement.departure.aliases.map { .text($0.text) })),
            ("sender", .text(statement.sender)),
            ("delivery", .optional(statement.delivery?.text)),
            ("received_at", .optional(statement.receivedAt)),
            ("occurred_at", .optional(statement.departure.occurredAt)),
            ("effective_at", .optional(statement.departure.effectiveAt)),
            ("case", .optional(statement.caseID?.text)),
        ])
    }

    /// The body as text where it is UTF-8, else in base64; both null where it is no longer kept.
    private static func json(_ delivery: Delivery) -> JSONOutput {
        let text = String(validating: delivery.body, as: UTF8.self)
        let base64 = text == nil ? Data(delivery.body).base64EncodedString() : nil
        return .object([
            ("id", .text(delivery.id.text)),
            ("sender", .text(delivery.sender)),
            ("received_at", .optional(delivery.receivedAt)),
            ("state", .text(delivery.state.rawValue)),
            (
                "headers",
                .list(delivery.headers.map { .object([("name", .text($0.name)), ("value", .text($0.value))]) })
            ),
            ("body", delivery.isBodyKept ? .optional(text) : .null),
            ("body_base64", delivery.isBodyKept ? .optional(base64) : .null),
        ])
    }

    private static func json(_ record: SightingRecord) -> JSONOutput {
        let organization = record.sighting.membership.organization
        return .object([
            ("email", .text(record.sighting.email.text)),
            // A list that stands for several names none.
            ("organization_id", organization == Sighting.severalOrganizations ? .null : .text(organization.text)),
            ("user_id", .text(record.sighting.membership.user.text)),
            ("first_seen_at", .optional(record.firstSeenAt)),
            ("last_seen_at", .optional(record.lastSeenAt)),
        ])
    }

    private static func json(_ notice: Notice) -> JSONOutput {
        .object([
            ("kind", .text(notice.kind.rawValue)),
            ("at", .optional(notice.at)),
            ("case", .optional(notice.caseID?.text)),
            ("reason", .text(notice.reason)),
        ])
    }
}

/// How much is kept of a person, in numbers.
struct PersonSummary: Sendable {
    let emails: [String]
    private let counts: [(name: String, count: Int)]

    init(_ file: PersonFile) {
        emails = file.emails.map(\.text)
        counts = [
            ("cases", file.cases.count), ("statements", file.statements.count),
            ("bodies", file.deliveries.count(where: \.isBodyKept)), ("addresses", file.sightings.count),
            ("notices", file.notices.count),
        ]
    }

    var isEmpty: Bool { counts.allSatisfy { $0.count == 0 } }
    var text: String { counts.map { "\($0.count) \($0.name)" }.joined(separator: ", ") }
    var json: JSONOutput { .object(counts.map { ($0.name, .integer($0.count)) }) }
}
