/// Texts of a body that hold JSON, read in place.
enum NestedJSON {
    /// A body whose texts have been read.
    struct Unpacked {
        let root: JSONNode
        /// Where a text that should hold JSON could not be read. Later paths do not move them: a text holds no values.
        private let broken: [[Int]]
        /// The places of ``broken`` and of all that they stand in.
        private let around: Set<[Int]>
        private var isBrokenOutsideEvents = false

        init(_ body: JSONValue, broken: [[Int]] = []) {
            root = JSONNode(value: body, location: nil)
            self.broken = broken
            around = Set(broken.flatMap { place in (0...place.count).map { Array(place.prefix($0)) } })
        }

        /// Learns which events there are.
        mutating func divide(into events: [JSONNode]) {
            guard !broken.isEmpty else { return }
            let places = Set(events.map { $0.location?.positions ?? [] })
            isBrokenOutsideEvents = broken.contains { place in
                !(0...place.count).contains { places.contains(Array(place.prefix($0))) }
            }
        }

        /// Whether something that belongs to an event could not be read: what stands inside it, or outside of all.
        func isBroken(for event: JSONNode) -> Bool {
            guard !broken.isEmpty else { return false }
            return isBrokenOutsideEvents || around.contains(event.location?.positions ?? [])
        }
    }

    /// Reads the texts that the paths select, one path after another. An empty text holds nothing and stays; so does
    /// what is no text.
    static func unpack(_ body: JSONValue, by reading: BodyReading) throws(JSONPath.Trouble) -> Unpacked {
        var body = body
        var broken: [[Int]] = []
        for path in reading.rule.nestedJSON {
            let root = JSONNode(value: body, location: nil)
            var found: [Replacement] = []
            for node in try reading.nodes(path.query, in: root, of: root) {
                guard case .string(let text) = node.value, !text.utf8.allSatisfy({ $0 == 0x20 }) else { continue }
                let positions = node.location?.positions ?? []
                do {
                    let value = try JSONValue(parsing: Array(text.utf8))
                    found.append(Replacement(positions: positions, value: value))
                } catch { broken.append(positions) }
            }
            found.sort { $0.positions.lexicographicallyPrecedes($1.positions) }
            if !found.isEmpty { body = replacing(found[...], in: body, depth: 0) }
        }
        return Unpacked(body, broken: broken)
    }

    private struct Replacement {
        let positions: [Int]
        let value: JSONValue
    }

    /// Puts values in their places, in one walk.
    private static func replacing(_ found: ArraySlice<Replacement>, in value: JSONValue, depth: Int) -> JSONValue {
        if let first = found.first, first.positions.count == depth { return first.value }
        switch value {
        case .array(var items):
            forEachChild(of: found, depth) { position, inside in
                items[position] = replacing(inside, in: items[position], depth: depth + 1)
            }
            return .array(items)
        case .object(var members):
            forEachChild(of: found, depth) { position, inside in
                let member = members[position]
                let value = replacing(inside, in: member.value, depth: depth + 1)
                members[position] = JSONValue.Member(name: member.name, value: value)
            }
            return .object(members)
        case .null, .boolean, .number, .string: return value
        }
    }

    private static func forEachChild(
        of found: ArraySlice<Replacement>,
        _ depth: Int,
        _ replace: (Int, ArraySlice<Replacement>) -> Void
    ) {
        var rest = found
        while let position = rest.first?.positions[depth] {
            let inside = rest.prefix { $0.positions[depth] == position }
            replace(position, inside)
            rest = rest.dropFirst(inside.count)
        }
    }
}
