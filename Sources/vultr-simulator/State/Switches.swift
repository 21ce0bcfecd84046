/// The answers to what is not known about Vultr's API, each with the default that is thought likeliest.
///
/// Source: section "Fake server" of the project's API notes, made from Vultr's documentation and its public clients.
struct Switches: Sendable {
    /// Whether `GET /v2/users` shows suspended members too.
    var suspendedInUsers = false
    /// The name of the id in rows of `suspended-users`: `id`, `uuid` or `user_id`.
    var suspendedIDField = "id"
    /// What a DELETE of somebody who is no member is answered.
    var nonMemberDelete = 404
    /// What a DELETE of a root owner or of the key's own user is answered. 204 removes them.
    var protectedDelete = 403
    /// What a key that lists an organization without reaching it is answered there; an unlisted one is always 404.
    var outOfReach = 403
    /// Root owners by organization id.
    var rootOwners: [String: String] = [:]
    /// For how many reads of a list, by one key, the row of somebody removed goes on showing.
    var listLagReads = 0
    /// Rows a page at most. Vultr's own figure is 500; a lower one makes small states page.
    var perPageMaximum = 500
    /// Whether `per_page` over the maximum is 400; otherwise it is cut to the maximum.
    var refusesLargePages = false
    /// Whether cursors are offsets, which shift when rows vanish; otherwise they are opaque and never shift.
    var offsetCursors = false
    /// Requests from one address in any sliding second, refused ones included; 0 for no limit.
    var rateLimit = 30
    /// `Retry-After` of the rate limit's 429, in seconds; `nil` for none.
    var rateLimitRetryAfter: Int?
    /// How long every answer of the API waits.
    var latency: Duration = .zero
    /// Whether list rows lack `service_user`.
    var omitServiceUser = false
    /// Whether `GET /v2/users/{user}` lacks it as well.
    var omitServiceUserSingle = false
    /// Whether lists lack `meta`.
    var omitMeta = false
    /// What `GET /v2/organizations/{organization}` wraps its answer in: `bare`, `org` or `organization`.
    var singleOrganizationWrapper = "bare"

    static let keys = [
        "suspended_in_users", "suspended_id_field", "non_member_delete", "protected_delete", "out_of_reach",
        "root_owners", "list_lag_reads", "per_page_max", "per_page_over_max", "cursor", "rate_limit",
        "rate_limit_retry_after", "latency", "omit_service_user", "omit_service_user_single", "omit_meta",
        "single_organization_wrapper",
    ]

    /// Takes what `mapping` says and leaves the rest as it is.
    mutating func merge(_ mapping: YAMLMapping) throws(StateError) {
        suspendedInUsers = try mapping["suspended_in_users"]?.boolean() ?? suspendedInUsers
        suspendedIDField = try mapping["suspended_id_field"]?.choice(["id", "uuid", "user_id"]) ?? suspendedIDField
        nonMemberDelete = try mapping["non_member_delete"]?.status([404, 400, 403, 204]) ?? nonMemberDelete
        protectedDelete = try mapping["protected_delete"]?.status([403, 400, 412, 204]) ?? protectedDelete
        outOfReach = try mapping["out_of_reach"]?.status([403, 404]) ?? outOfReach
        listLagReads = try mapping["list_lag_reads"]?.integer() ?? listLagReads
        perPageMaximum = try mapping["per_page_max"]?.integer(minimum: 1) ?? perPageMaximum
        rateLimit = try mapping["rate_limit"]?.integer() ?? rateLimit
        latency = try mapping["latency"]?.duration() ?? latency
        omitServiceUser = try mapping["omit_service_user"]?.boolean() ?? omitServiceUser
        omitServiceUserSingle = try mapping["omit_service_user_single"]?.boolean() ?? omitServiceUserSingle
        omitMeta = try mapping["omit_meta"]?.boolean() ?? omitMeta
        if let large = try mapping["per_page_over_max"]?.choice(["clamp", "400"]) {
            refusesLargePages = large == "400"
        }
        if let cursor = try mapping["cursor"]?.choice(["opaque", "offset"]) { offsetCursors = cursor == "offset" }
        if let wait = mapping["rate_limit_retry_after"] {
            switch try wait.text() {
            case "none": rateLimitRetryAfter = nil
            case "seconds": rateLimitRetryAfter = 1
            default: rateLimitRetryAfter = try wait.integer()
            }
        }
        if let owners = mapping["root_owners"] {
            rootOwners = [:]
            for entry in try owners.entries() { rootOwners[entry.name] = try entry.value.text() }
        }
        let wrappers = ["bare", "org", "organization"]
        singleOrganizationWrapper =
            try mapping["single_organization_wrapper"]?.choice(wrappers) ?? singleOrganizationWrapper
    }

    var json: JSON {
        .object([
            ("suspended_in_users", .bool(suspendedInUsers)), ("suspended_id_field", .string(suspendedIDField)),
            ("non_member_delete", .integer(nonMemberDelete)), ("protected_delete", .integer(protectedDelete)),
            ("out_of_reach", .integer(outOfReach)),
            ("root_owners", .object(rootOwners.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })),
            ("list_lag_reads", .integer(listLagReads)), ("per_page_max", .integer(perPageMaximum)),
            ("per_page_over_max", .string(refusesLargePages ? "400" : "clamp")),
            ("cursor", .string(offsetCursors ? "offset" : "opaque")), ("rate_limit", .integer(rateLimit)),
            ("rate_limit_retry_after", rateLimitRetryAfter.map { .integer($0) } ?? .string("none")),
            ("latency", .string("\(latency.milliseconds)ms")), ("omit_service_user", .bool(omitServiceUser)),
            ("omit_service_user_single", .bool(omitServiceUserSingle)), ("omit_meta", .bool(omitMeta)),
            ("single_organization_wrapper", .string(singleOrganizationWrapper)),
        ])
    }
}

extension YAMLValue {
    /// One of some HTTP statuses.
    func status(_ allowed: [Int]) throws(StateError) -> Int {
        guard let status = Int(try text()), allowed.contains(status) else {
            throw error("must be one of: \(allowed.map(String.init).joined(separator: ", "))")
        }
        return status
    }
}

extension Duration {
    var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
