import Offboarding

/// A row of `GET /v2/users/{id}/apikeys`. Neither its shape nor its list's name is documented (reference: API, section 3):
/// the id is all that is read, whatever else may stand beside it.
struct APIKeyRow: ListedRow {
    static let listNames = ["api_keys", "apikeys", "keys"]

    let item: (id: Identifier<Credential>, item: Credential)?
    var hasEmail: Bool { true }

    init(from decoder: any Decoder) throws {
        let fields = Fields(decoder)
        item = Credential.row(["id", "uuid"].lazy.compactMap(fields.text).first)
    }
}

/// A row of `GET /v2/assumed-roles/users/{id}/sessions`: the session's token, which its end is asked for with.
struct RoleSessionRow: ListedRow {
    static let listNames = ["sessions", "assumed_roles"]

    let item: (id: Identifier<Credential>, item: Credential)?
    var hasEmail: Bool { true }

    init(from decoder: any Decoder) throws {
        let fields = Fields(decoder)
        item = Credential.row(["session_token", "token"].lazy.compactMap(fields.text).first)
    }
}

extension Credential {
    /// A row that says nothing to end it by stays a row: ending it fails, and a person must look.
    fileprivate static func row(_ handle: String?) -> (id: Identifier<Credential>, item: Credential) {
        (Identifier(handle ?? ""), Credential(handle: handle ?? ""))
    }
}
