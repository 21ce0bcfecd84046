import Offboarding

/// What a list is asked for: how many items, after which one, and which.
struct PageRequest: Sendable {
    /// 1 to ``most``.
    let limit: Int
    /// The last item of the page before; `nil` for the first page.
    let cursor: String?
    private let query: FormFields

    /// More are cut to this.
    static let most = 500
    static let usual = 100

    /// - Parameters:
    ///   - filters: what else the query may hold.
    ///   - idPrefix: what the ids that serve as cursors begin with.
    /// - Throws: ``ConsoleError`` where the query holds anything else, or anything that is not of its form.
    init(_ query: FormFields, filters: [String], idPrefix: String) throws(ConsoleError) {
        try self.init(query, filters: filters) { cursor in
            cursor.hasPrefix(idPrefix) && cursor.utf8.count == idPrefix.utf8.count + 26
                && cursor.utf8.dropFirst(idPrefix.utf8.count).allSatisfy { byte in
                    (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte)
                }
        }
    }

    /// - Parameter first: the smallest number that serves as a cursor.
    init(_ query: FormFields, filters: [String], numberedFrom first: Int64) throws(ConsoleError) {
        try self.init(query, filters: filters) { cursor in
            Int64(cursor).map { $0 >= first && String($0) == cursor } ?? false
        }
    }

    private init(
        _ query: FormFields,
        filters: [String],
        isCursor: (String) -> Bool
    ) throws(ConsoleError) {
        let known = ["limit", "cursor"] + filters
        if let unknown = query.names.first(where: { !known.contains($0) }) {
            throw .badRequest("\(unknown) is no parameter here; there are \(known.joined(separator: ", "))")
        }
        if let text = query["limit"] {
            guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), Int(text) != 0 else {
                throw .badRequest("limit must be a whole number from 1 on; more than \(Self.most) are cut")
            }
            // One that no integer holds is larger than any.
            limit = min(Int(text) ?? Self.most, Self.most)
        } else {
            limit = Self.usual
        }
        if let cursor = query["cursor"], !cursor.isEmpty {
            guard isCursor(cursor) else { throw .badRequest("cursor is not one that a list gave as next") }
            self.cursor = cursor
        } else {
            cursor = nil
        }
        self.query = query
    }

    /// The cursor of a list that is numbered.
    var sequence: Int64? { cursor.flatMap { Int64($0) } }

    /// One of some words; `nil` where none is asked for.
    func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ name: String,
        of type: Choice.Type
    ) throws(ConsoleError) -> Choice? {
        guard let word = query[name] else { return nil }
        guard let choice = Choice(rawValue: word) else {
            let all = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw .badRequest("\(name) must be one of \(all)")
        }
        return choice
    }

    /// The cursor of the next page; `nil` where this one is the last.
    ///
    /// - Parameter ids: those of the items that were found, one more than asked for where there is a next page.
    func next(_ ids: [String]) -> String? { ids.count > limit ? ids[limit - 1] : nil }
}
