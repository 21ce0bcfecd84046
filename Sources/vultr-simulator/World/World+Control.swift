import NIOCore

/// The endpoints under `/_simulator`, which look at the world and change it from outside the API.
extension World {
    /// Answers a control request; `nil` where there is no such endpoint.
    mutating func control(_ method: String, _ segments: [String], _ body: ByteBuffer) throws(StateError) -> Answer? {
        switch (method, segments.first, segments.count) {
        case ("GET", "members", 1): return .json(200, membersJSON)
        case ("GET", "members", 2): return organizationsJSON(of: segments[1])
        case ("POST", "members", 1): return try changeMembers(document(body), adds: true)
        case ("DELETE", "members", 1): return try changeMembers(document(body), adds: false)
        case ("GET", "log", 1): return .json(200, .object([("calls", .array(log.lines.map { .encoded($0) }))]))
        case ("GET", "rate", 1): return .json(200, rateJSON)
        case ("GET", "faults", 1): return .json(200, .object([("faults", .array(faults.map(\.json)))]))
        case ("POST", "faults", 1):
            let added = try Fault.list(try document(body))
            faults += added
            return .json(200, .object([("added", .integer(added.count))]))
        case ("DELETE", "faults", 1):
            faults = []
            return .json(200, .object([("faults", .array([]))]))
        case ("GET", "switches", 1): return .json(200, switches.json)
        case ("POST", "switches", 1): return try changeSwitches(document(body))
        case ("POST", "keys", 1): return try changeKey(document(body))
        case ("POST", "invitations", 1): return try takeInvitation(document(body))
        case ("DELETE", "invitations", 2): return endInvitation(segments[1])
        default: return nil
        }
    }

    private func document(_ body: ByteBuffer) throws(StateError) -> YAMLValue {
        try YAMLValue.document(String(buffer: body), file: "request")
    }

    private var membersJSON: JSON {
        let byOrganization = organizations.enumerated().map { ordinal, organization in
            let members = people.compactMap { person -> JSON? in
                guard let membership = person.memberships[ordinal], membership.ending == nil else { return nil }
                return .object([
                    ("id", .string(person.id)), ("email", person.email.map { .string($0) } ?? .null),
                    ("suspended", .bool(membership.isSuspended)),
                ])
            }
            return (organization.id, JSON.array(members))
        }
        return .object([("organizations", .object(byOrganization))])
    }

    private func organizationsJSON(of user: String) -> Answer {
        guard let person = personOrdinals[user] else { return .failure(404, "no user \(user)") }
        let ids = organizations.indices.filter { people[person].isMember(of: $0) }.map { organizations[$0].id }
        return .json(200, .object([("organizations", .array(ids.map { .string($0) }))]))
    }

    private var rateJSON: JSON {
        .object([
            ("most_in_any_second", .integer(log.mostInAnySecond)), ("total", .integer(log.arrivals.count)),
            ("first", log.arrivals.min().map { .microseconds($0) } ?? .null),
            ("last", log.arrivals.max().map { .microseconds($0) } ?? .null),
        ])
    }

    private mutating func changeMembers(_ body: YAMLValue, adds: Bool) throws(StateError) -> Answer {
        let mapping = try body.mapping(["organization", "user", "suspended"])
        let organization = try mapping.required("organization").organization(organizationOrdinals)
        let user = try mapping.required("user")
        let person: Int
        if user.isMapping {
            person = try take(try Person(user, ordinals: organizationOrdinals))
        } else {
            guard let known = personOrdinals[try user.text()] else { throw user.error("no user \(try user.text())") }
            person = known
        }
        if adds {
            addMembership(of: person, in: organization, isSuspended: try mapping["suspended"]?.boolean() ?? false)
        } else if !endMembership(of: person, in: organization, lag: 0) {
            return .failure(404, "no such membership")
        }
        return organizationsJSON(of: people[person].id)
    }

    /// Adds a person, or gives one who is there other fields.
    private mutating func take(_ person: Person) throws(StateError) -> Int {
        if let known = personOrdinals[person.id] {
            people[known].takeFields(of: person)
            people[known].memberships.merge(person.memberships) { _, new in new }
            return known
        }
        people.append(person)
        personOrdinals[person.id] = people.count - 1
        return people.count - 1
    }

    /// Adds an invitation, or takes the place of one with its id.
    private mutating func takeInvitation(_ body: YAMLValue) throws(StateError) -> Answer {
        let taken = try Invitation(body, ordinals: organizationOrdinals)
        if let known = invitations.firstIndex(where: { $0.id == taken.id }) {
            invitations[known] = taken
        } else {
            invitations.append(taken)
        }
        forgetPages()
        return .json(200, .object([("id", .string(taken.id))]))
    }

    private mutating func endInvitation(_ id: String) -> Answer {
        guard invitations.contains(where: { $0.id == id }) else { return .failure(404, "no invitation \(id)") }
        invitations.removeAll { $0.id == id }
        forgetPages()
        return .json(200, .object([("id", .string(id))]))
    }

    private mutating func changeSwitches(_ body: YAMLValue) throws(StateError) -> Answer {
        var changed = switches
        try changed.merge(try body.mapping(Switches.keys))
        switches = changed
        forgetPages()
        return .json(200, switches.json)
    }

    private mutating func changeKey(_ body: YAMLValue) throws(StateError) -> Answer {
        let mapping = try body.mapping(APIKey.keys)
        let field = try mapping.required("name")
        let name = try field.text()
        guard let index = keys.firstIndex(where: { $0.name == name }) else { throw field.error("no key \(name)") }
        var changed = keys[index]
        try changed.merge(mapping, ordinals: organizationOrdinals)
        guard personOrdinals[changed.owner] != nil else { throw body.error("user: no user \(changed.owner)") }
        guard !keys.contains(where: { $0.name != name && $0.hasSecret(changed.secret) }) else {
            throw body.error("the secret is another key's too")
        }
        keys[index] = changed
        forgetPages()
        return .json(200, .object([("name", .string(name))]))
    }
}
