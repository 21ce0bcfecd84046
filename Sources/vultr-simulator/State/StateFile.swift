import Foundation

/// A state as its file says it: who exists, who is a member where, which keys there are, and how Vultr behaves.
struct StateFile: Sendable {
    var organizations: [SimulatedOrganization] = []
    var people: [Person] = []
    var keys: [APIKey] = []
    var invitations: [Invitation] = []
    var switches = Switches()
    var faults: [Fault] = []

    static let keys = ["organizations", "users", "keys", "invitations", "switches", "faults", "generate"]

    /// Reads and checks a state file.
    ///
    /// - Throws: ``StateError`` that names the file, the line and the key.
    init(path: String) throws(StateError) {
        let text: String
        do {
            text = try String(contentsOf: URL(fileURLWithPath: path), encoding: .utf8)
        } catch {
            throw StateError(file: path, line: 0, message: "cannot be read: \(error.localizedDescription)")
        }
        try self.init(document: try YAMLValue.document(text, file: path))
    }

    private init(document: YAMLValue) throws(StateError) {
        let mapping = try document.mapping(Self.keys)
        try readOrganizations(mapping)
        let generation = try mapping["generate"].map { value throws(StateError) in try Generation(value) }
        if let generation { organizations += generation.organizations }
        guard !organizations.isEmpty else { throw document.error("there is no organization") }
        let ordinals = Dictionary(uniqueKeysWithValues: organizations.enumerated().map { ($1.id, $0) })
        try readUsers(mapping, ordinals)
        if let generation { people += generation.people(organizations: organizations.count) }
        try readKeys(mapping, ordinals)
        for value in try mapping["invitations"]?.list() ?? [] {
            invitations.append(try Invitation(value, ordinals: ordinals))
        }
        if let value = mapping["switches"] { try switches.merge(try value.mapping(Switches.keys)) }
        for organization in switches.rootOwners.keys where ordinals[organization] == nil {
            throw (mapping["switches"] ?? document).error("root_owners: no organization \(organization)")
        }
        if let value = mapping["faults"] { faults = try Fault.list(value) }
    }

    private mutating func readOrganizations(_ mapping: YAMLMapping) throws(StateError) {
        var seen: Set<String> = []
        for value in try mapping["organizations"]?.list() ?? [] {
            let organization = try SimulatedOrganization(value)
            guard seen.insert(organization.id).inserted else { throw value.error("a second \(organization.id)") }
            organizations.append(organization)
        }
    }

    private mutating func readUsers(_ mapping: YAMLMapping, _ ordinals: [String: Int]) throws(StateError) {
        var seen: Set<String> = []
        for value in try mapping["users"]?.list() ?? [] {
            let person = try Person(value, ordinals: ordinals)
            guard seen.insert(person.id).inserted else { throw value.error("a second \(person.id)") }
            people.append(person)
        }
    }

    private mutating func readKeys(_ mapping: YAMLMapping, _ ordinals: [String: Int]) throws(StateError) {
        for value in try mapping["keys"]?.list() ?? [] {
            var key = try APIKey(value, ordinals: ordinals)
            guard !keys.contains(where: { $0.name == key.name }) else { throw value.error("a second key \(key.name)") }
            guard !keys.contains(where: { $0.hasSecret(key.secret) }) else {
                throw value.error("the secret is another key's too")
            }
            if key.owner.isEmpty {
                key.owner = Generation.ownerID(keys.count + 1)
                people.append(key.makeOwner(organizations: organizations.count))
            } else if !people.contains(where: { $0.id == key.owner }) {
                throw value.error("user: no user \(key.owner)")
            }
            keys.append(key)
        }
    }
}
