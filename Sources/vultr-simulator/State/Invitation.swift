/// An invitation to an organization; shown, never acted upon.
struct Invitation: Sendable {
    let id: String
    /// The ordinal of the organization.
    let organization: Int
    private let emailInvited: String
    private let emailRegistered: String
    private let status: String
    private let dateCreated: String
    private let expirationDate: String

    static let keys = [
        "id", "email_invited", "email_registered", "organization", "invite_status", "date_created", "expiration_date",
    ]

    init(_ value: YAMLValue, ordinals: [String: Int]) throws(StateError) {
        let mapping = try value.mapping(Self.keys)
        id = try mapping.required("id").text()
        organization = try mapping.required("organization").organization(ordinals)
        emailInvited = try mapping.required("email_invited").text()
        emailRegistered = try mapping["email_registered"]?.text() ?? ""
        status = try mapping["invite_status"]?.choice(["Pending", "Accepted"]) ?? "Pending"
        dateCreated = try mapping["date_created"]?.text() ?? "2026-11-01T10:00:00+00:00"
        expirationDate = try mapping["expiration_date"]?.text() ?? "2026-11-04T10:00:00+00:00"
    }

    func json(_ organization: SimulatedOrganization) -> JSON {
        .object([
            ("id", .string(id)), ("email_invited", .string(emailInvited)),
            ("email_registered", .string(emailRegistered)), ("org_id", .string(organization.id)),
            ("org_name", .string(organization.name)), ("invite_status", .string(status)),
            ("permissions", .object([("api_enabled", .string("yes"))])), ("date_created", .string(dateCreated)),
            ("date_responded", .string("")), ("expiration_date", .string(expirationDate)),
        ])
    }
}
