/// A value and where it stands.
struct JSONNode: Sendable {
    let value: JSONValue
    /// `nil` for the whole document, and wherever nobody asked for locations.
    let location: JSONLocation?
}

/// Where a value stands in its document: the place among its parent's values, and where that stands.
final class JSONLocation: Sendable {
    let parent: JSONLocation?
    /// From 0, in the order of the text.
    let position: Int
    /// From 1 for the document's own values.
    let depth: Int

    init(parent: JSONLocation?, position: Int) {
        self.parent = parent
        self.position = position
        depth = (parent?.depth ?? 0) + 1
    }

    /// The positions from the document down.
    var positions: [Int] {
        var positions: [Int] = []
        var place: JSONLocation? = self
        while let next = place {
            positions.append(next.position)
            place = next.parent
        }
        return positions.reversed()
    }

    /// Whether a value is another one or lies inside it; `nil` stands for the document.
    static func isInside(_ inner: JSONLocation?, _ outer: JSONLocation?) -> Bool {
        guard let outer else { return true }
        var left = inner
        while let place = left, place.depth > outer.depth { left = place.parent }
        var right: JSONLocation? = outer
        guard left?.depth == outer.depth else { return false }
        while let one = left, let other = right {
            if one === other { return true }
            guard one.position == other.position else { return false }
            left = one.parent
            right = other.parent
        }
        return true
    }
}
