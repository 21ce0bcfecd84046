import Offboarding

/// A row of `GET /v2/users/{id}/apikeys`. Neither its shape nor its list's name is documented (reference: API, section 3):
/// the id is all that is read, whatever else may stand beside it.
struct APIKeyRow: ListedRow {
    static let listNames = ["api_keys", "apikeys", "keys"]

    let item: (id: Identifier<Credential>, item: Credential)?
    var hasEmail: Bool { true }

    init(from decoder: any Decoder) throws {
        let fields = Fields(decoder)
        item = ["id", "uuid"].lazy.compactMap(fields.text).first.map { (Identifier($0), Credential(handle: $0)) }
    }
}

/// A row of `GET /v2/assumed-roles/users/{id}/sessions`: the session's token, which its end is asked for with.
struct RoleSessionRow: ListedRow {
    static let listNames = ["sessions", "assumed_roles"]

    let item: (id: Identifier<Credential>, item: Credential)?
    var hasEmail: Bool { true }

    init(from decoder: any Decoder) throws {
        let fields = Fields(decoder)
        item = ["session_token", "token"].lazy.compactMap(fields.text).first.map {
            (Identifier($0), Credential(handle: $0))
        }
    }
}
