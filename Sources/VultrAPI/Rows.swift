import Foundation
import Offboarding

/// A row of a paged list as Vultr sends it: unknown fields ignored, missing and `null` the same, never a reason to fail.
protocol ListedRow: Decodable, Sendable {
    associatedtype Item: Sendable, Equatable
    /// The members of the answer that may hold the list; the first one present counts.
    static var listNames: [String] { get }
    /// The row with its id; `nil` where it has no id.
    var item: (id: Identifier<Item>, item: Item)? { get }
    /// Whether the row has an email, where rows of its kind have one.
    var hasEmail: Bool { get }
}

/// A row of `GET /v2/organizations`.
struct OrganizationRow: ListedRow {
    static let listNames = ["orgs", "organizations"]

    let item: (id: OrganizationID, item: Organization)?
    var hasEmail: Bool { true }

    init(from decoder: any Decoder) throws {
        let fields = Fields(decoder)
        item = fields.text("id").map(OrganizationID.init).map { id in
            (id, Organization(id: id, name: fields.text("name") ?? ""))
        }
    }
}

/// A row of `GET /v2/users`, and the user of `GET /v2/users/{id}`.
struct UserRow: ListedRow {
    static let listNames = ["users"]

    let user: VultrUser?
    let hasEmail: Bool
    var item: (id: UserID, item: VultrUser)? { user.map { ($0.id, $0) } }

    init(from decoder: any Decoder) throws {
        self.init(Fields(decoder), idNames: ["id"])
    }

    init(_ fields: Fields, idNames: [String]) {
        let email = fields.text("email")
        hasEmail = email != nil
        user = idNames.lazy.compactMap(fields.text).first.map { id in
            VultrUser(id: UserID(id), email: email ?? "", isServiceUser: fields.flag("service_user"))
        }
    }
}

/// A row of `GET /v2/organizations/{id}/suspended-users`. Documentation and client source name its id differently
/// (reference: API, section 3).
struct SuspendedUserRow: ListedRow {
    static let listNames = ["users"]

    private let row: UserRow
    var item: (id: UserID, item: VultrUser)? { row.item }
    var hasEmail: Bool { row.hasEmail }

    init(from decoder: any Decoder) throws {
        row = UserRow(Fields(decoder), idNames: ["id", "uuid", "user_id"])
    }
}

/// One page of a list. A list that is `null` is empty, as Go writes it; without the list it is no page.
struct Page<Row: ListedRow>: Decodable, Sendable {
    let rows: [Row]
    let hasMeta: Bool
    let total: Int?
    /// The cursor of the next page; `nil` on the last one.
    let next: String?

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: FieldName.self)
        guard let name = Row.listNames.map({ FieldName($0) }).first(where: container.contains) else {
            throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "the list is missing"))
        }
        rows = try container.decodeIfPresent([Row].self, forKey: name) ?? []
        let meta = Fields(container, in: "meta")
        hasMeta = meta.exist
        total = meta.number("total")
        next = meta.within("links").text("next")
    }
}

/// The answer of `GET /v2/users/{id}`, wrapped or bare.
struct SingleUser: Decodable {
    let row: UserRow?

    init(from decoder: any Decoder) throws {
        let bare = Fields(decoder)
        let wrapped = bare.within("user")
        row = UserRow(wrapped.exist ? wrapped : bare, idNames: ["id"])
    }
}

/// The answer of `GET /v2/account`, wrapped or bare.
struct Account: Decodable {
    let email: String?

    init(from decoder: any Decoder) throws {
        let bare = Fields(decoder)
        let wrapped = bare.within("account")
        email = (wrapped.exist ? wrapped : bare).text("email")
    }
}
