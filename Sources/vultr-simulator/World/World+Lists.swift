import NIOCore

/// The lists that the API gives out in pages.
extension World {
    /// One list, as one key sees it.
    struct List {
        enum Rows {
            case organizations([Int])
            /// Members of these organizations, suspended or not as asked.
            case users(of: [Int], suspended: Bool)
            case invitations([Int])
        }

        /// Different for lists that may differ.
        let name: String
        /// The name of the rows in the answer.
        let field: String
        let rows: Rows
    }

    /// How a fault changes a page.
    struct PageShape {
        var lacksMeta = false
        var total: (value: Int, isRelative: Bool)?
        var repeatsCursor = false
        var endsEarly = false

        var isPlain: Bool { !lacksMeta && total == nil && !repeatsCursor && !endsEarly }
    }

    func list(_ call: Call, key: APIKey) -> Result<List, Refused>? {
        switch call {
        case .organizations:
            guard key.mayListOrganizations else { return .failure(.forbidden) }
            return .success(
                List(name: "organizations of \(key.name)", field: "orgs", rows: .organizations(listed(by: key)))
            )
        case .users:
            guard key.mayList else { return .failure(.forbidden) }
            let rows = List.Rows.users(of: covered(by: key), suspended: false)
            return .success(List(name: usersListName(key), field: "users", rows: rows))
        case .suspendedUsers(let id):
            return reach(id, with: key).flatMap { organization in
                guard key.mayReadSuspended else { return .failure(.forbidden) }
                let rows = List.Rows.users(of: [organization], suspended: true)
                return .success(List(name: "suspended in \(organization) of \(key.name)", field: "users", rows: rows))
            }
        case .invitations:
            guard key.mayListInvitations else { return .failure(.forbidden) }
            let covered = covered(by: key)
            let rows = invitations.indices.filter { covered.contains(invitations[$0].organization) }
            return .success(
                List(name: "invitations of \(key.name)", field: "invites", rows: .invitations(Array(rows)))
            )
        default:
            return nil
        }
    }

    func usersListName(_ key: APIKey) -> String { "users of \(key.name)" }

    /// The number of the page that a request asks for, from 1; `nil` where its cursor is none of the list's.
    func pageNumber(_ request: PageRequest, in list: List) -> Int? {
        guard let cursor = request.cursor else { return 1 }
        switch Cursor(encoded: cursor, list: list.name) {
        case .after(_, let page): return page
        case .offset(let offset): return offset / perPage(request) + 1
        case nil: return nil
        }
    }

    private func perPage(_ request: PageRequest) -> Int { min(request.perPage ?? 100, switches.perPageMaximum) }

    /// Answers one page.
    mutating func page(_ request: PageRequest, of list: List, shape: PageShape) -> Answer {
        if switches.refusesLargePages, let asked = request.perPage, asked > switches.perPageMaximum {
            return .failure(400, "per_page must be \(switches.perPageMaximum) at most.")
        }
        let name = "\(list.name)?\(perPage(request))&\(request.cursor ?? "")"
        if shape.isPlain, let body = pages[name] { return Answer(status: 200, body: body) }
        let place: Cursor
        if let cursor = request.cursor {
            guard let read = Cursor(encoded: cursor, list: list.name) else {
                return .failure(400, "Invalid cursor.")
            }
            place = read
        } else {
            place = switches.offsetCursors ? .offset(0) : .after(ordinal: -1, page: 1)
        }
        let body = body(at: place, request, list, shape)
        if shape.isPlain, !mayLag { pages[name] = body }
        return Answer(status: 200, body: body)
    }

    private mutating func body(at place: Cursor, _ request: PageRequest, _ list: List, _ shape: PageShape) -> ByteBuffer
    {
        let ordinals = ordinals(list, beginsRead: request.cursor == nil)
        let start =
            switch place {
            case .offset(let offset): min(offset, ordinals.count)
            case .after(let ordinal, _): ordinals.partitioningIndex { $0 > ordinal }
            }
        var end = min(start + perPage(request), ordinals.count)
        var next = ""
        if shape.endsEarly {
            if end == ordinals.count { end = start + (end - start) / 2 }
        } else if end < ordinals.count {
            next = neighbour(place, offset: end, after: ordinals[end - 1], pages: 1).encoded(list: list.name)
        }
        if shape.repeatsCursor { next = request.cursor ?? "" }
        var previous = ""
        if start > 0 {
            let offset = max(0, start - perPage(request))
            let before = offset > 0 ? ordinals[offset - 1] : -1
            previous = neighbour(place, offset: offset, after: before, pages: -1).encoded(list: list.name)
        }
        let rows = ordinals[start..<end].map { row($0, list) }
        var fields: [(String, JSON)] = [(list.field, .array(rows))]
        if !shape.lacksMeta, !switches.omitMeta {
            var total = ordinals.count
            if let other = shape.total { total = other.isRelative ? max(0, total + other.value) : other.value }
            let links = JSON.object([("next", .string(next)), ("prev", .string(previous))])
            fields.append(("meta", .object([("total", .integer(total)), ("links", links)])))
        }
        return ByteBuffer(bytes: JSON.object(fields).bytes)
    }

    private func neighbour(_ place: Cursor, offset: Int, after ordinal: Int, pages: Int) -> Cursor {
        switch place {
        case .offset: .offset(offset)
        case .after(_, let page): .after(ordinal: ordinal, page: max(1, page + pages))
        }
    }

    private mutating func row(_ ordinal: Int, _ list: List) -> JSON {
        switch list.rows {
        case .organizations: organizations[ordinal].json
        case .users(_, suspended: false): .encoded(people[ordinal].row(showsServiceUser: !switches.omitServiceUser))
        case .users(_, suspended: true): .encoded(people[ordinal].suspendedRow(idField: switches.suspendedIDField))
        case .invitations: invitations[ordinal].json(organizations[invitations[ordinal].organization])
        }
    }

    /// The list's rows as ordinals, ascending.
    private mutating func ordinals(_ list: List, beginsRead: Bool) -> [Int] {
        switch list.rows {
        case .organizations(let ordinals), .invitations(let ordinals):
            return ordinals
        case .users(let organizations, let suspended):
            if let kept = lists[list.name] { return kept }
            if beginsRead, mayLag { countRead(list.name, organizations) }
            let ordinals = people.indices.filter { person in
                shows(person, in: organizations, suspended: suspended, list: list.name)
            }
            if !mayLag { lists[list.name] = ordinals }
            return ordinals
        }
    }

    private mutating func countRead(_ name: String, _ organizations: [Int]) {
        for person in people.indices where people[person].memberships.values.contains(where: { $0.ending != nil }) {
            for organization in organizations {
                people[person].memberships[organization]?.ending?.reads[name, default: 0] += 1
            }
        }
    }

    private func shows(_ person: Int, in organizations: [Int], suspended: Bool, list: String) -> Bool {
        let memberships = people[person].memberships
        guard !memberships.isEmpty else { return false }
        return organizations.contains { organization in
            guard let membership = memberships[organization] else { return false }
            if suspended {
                guard membership.isSuspended else { return false }
            } else if membership.isSuspended, !switches.suspendedInUsers {
                return false
            }
            return membership.shows(in: list)
        }
    }

    /// Whether `GET /v2/users/{user}` knows the person.
    func isVisible(_ person: Int, to key: APIKey) -> Bool {
        let name = usersListName(key)
        return covered(by: key).contains { people[person].memberships[$0]?.shows(in: name) ?? false }
    }
}

extension Membership {
    /// Whether it is one, or goes on showing in a list after its end.
    fileprivate func shows(in list: String) -> Bool {
        guard let ending else { return true }
        return ending.lag > 0 && ending.reads[list, default: 0] <= ending.lag
    }
}

extension Array {
    /// The first index whose element belongs, where all that belong stand behind all that do not.
    fileprivate func partitioningIndex(where belongs: (Element) -> Bool) -> Int {
        var low = startIndex
        var high = endIndex
        while low < high {
            let middle = low + (high - low) / 2
            if belongs(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
