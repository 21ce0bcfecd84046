import Foundation
import Offboarding

/// A row of `GET /v2/invitation` (reference: API, section 3).
struct InvitationRow: ListedRow {
    static let listNames = ["invites", "invitations"]

    let item: (id: InvitationID, item: Invitation)?
    let hasEmail: Bool

    init(from decoder: any Decoder) throws {
        let fields = Fields(decoder)
        let emails = ["email_invited", "email_registered"].compactMap(fields.text)
        hasEmail = !emails.isEmpty
        item = fields.text("id").map(InvitationID.init).map { id in
            var addresses: [EmailAddress] = []
            // An address that cannot be compared matches nobody, as in the users list (rule 1).
            for email in emails.compactMap({ try? EmailAddress($0) }) where !addresses.contains(email) {
                addresses.append(email)
            }
            return (
                id,
                Invitation(
                    id: id,
                    addresses: addresses,
                    organizationID: fields.text("org_id").map { OrganizationID($0) },
                    organizationName: fields.text("org_name"),
                    status: ["invite_status", "status_full", "status"].lazy.compactMap(fields.text).first,
                    expiresAt: fields.date("expiration_date")
                )
            )
        }
    }
}

extension Fields {
    /// A time as Vultr writes it, RFC 3339 with an offset; `nil` for anything else.
    func date(_ name: String) -> Date? {
        text(name).flatMap { try? Date($0, strategy: .iso8601) }
    }
}
