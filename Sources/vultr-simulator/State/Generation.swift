import Foundation

/// `generate:` of a state file: many organizations and people with ids that are the same on every run.
struct Generation: Sendable {
    let organizations: [SimulatedOrganization]
    private let userCount: Int
    private let email: String
    /// In how many organizations every generated person is; `nil` for all.
    private let first: Int?

    static let keys = ["organizations", "users", "email", "every_user_in"]

    /// The id of the nth generated organization, from 1.
    static func organizationID(_ number: Int) -> String { identifier("0a000000", number) }
    /// The id of the nth generated person, from 1.
    static func userID(_ number: Int) -> String { identifier("0b000000", number) }
    /// The id of the service user that owns the nth key where the state names no owner, from 1.
    static func ownerID(_ number: Int) -> String { identifier("0c000000", number) }

    private static func identifier(_ prefix: String, _ number: Int) -> String {
        let digits = String(number)
        return "\(prefix)-0000-4000-8000-" + String(repeating: "0", count: max(0, 12 - digits.count)) + digits
    }

    init(_ value: YAMLValue) throws(StateError) {
        let mapping = try value.mapping(Self.keys)
        let count = try mapping["organizations"]?.integer() ?? 0
        organizations = (1..<count + 1).map { number in
            SimulatedOrganization(id: Self.organizationID(number), name: "Organization \(number)")
        }
        userCount = try mapping["users"]?.integer() ?? 0
        email = try mapping["email"]?.text() ?? "person{n}@example.com"
        if userCount > 1, !email.contains("{n}"), let field = mapping["email"] {
            throw field.error("must contain {n}")
        }
        first = try mapping["every_user_in"].flatMap { field throws(StateError) in try Self.first(field) }
    }

    /// `all`, a number, `first 3`, or one of them as the only item of a list.
    private static func first(_ field: YAMLValue) throws(StateError) -> Int? {
        if field.isList {
            let items = try field.list()
            guard items.count == 1 else { throw field.error("must be `all` or `first 3`") }
            return try first(items[0])
        }
        let text = try field.text()
        if text == "all" { return nil }
        guard let number = Int(text.hasPrefix("first ") ? text.dropFirst(6) : text[...]), number >= 0 else {
            throw field.error("must be `all` or `first 3`")
        }
        return number
    }

    /// The people, members of the first organizations of the whole state, written ones before generated ones.
    func people(organizations count: Int) -> [Person] {
        let members = 0..<min(first ?? count, count)
        return (1..<userCount + 1).map { number in
            Person(
                id: Self.userID(number),
                email: email.replacingOccurrences(of: "{n}", with: String(number)),
                name: "Person \(number)",
                memberships: Dictionary(uniqueKeysWithValues: members.map { ($0, Membership()) })
            )
        }
    }
}
