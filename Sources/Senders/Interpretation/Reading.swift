import Offboarding

/// What was read of a body so far.
struct Reading {
    /// The most reasons that are handed on; the rest is counted.
    static let mostReasons = 20

    private var departures: [Departure] = []
    private var ignored: [String] = []
    private var unresolved: [UnresolvedPart] = []
    private var lookups: [Lookup] = []

    /// Takes one event.
    mutating func add(_ place: String, _ read: () throws(EventTrouble) -> Departure) {
        do {
            departures.append(try read())
        } catch {
            switch error {
            case .ignored(let reason): ignored.append("\(place): \(reason)")
            case .unresolved(let reason): fail("\(place): \(reason)")
            case .unnamed(let reason, let departure):
                unresolved.append(UnresolvedPart(reason: "\(place): \(reason)", departure: departure))
            case .lookup(let lookup): lookups.append(lookup)
            }
        }
    }

    /// Takes a body, or a part of one, that cannot be read.
    mutating func fail(_ reason: String) { unresolved.append(UnresolvedPart(reason: reason)) }

    /// The delivery as a whole: ignored only where no event was about a departure.
    var interpretation: Interpretation {
        let isIgnored = departures.isEmpty && unresolved.isEmpty && lookups.isEmpty
        return Interpretation(
            departures: departures,
            unresolvedParts: unresolved,
            lookups: lookups,
            ignored: isIgnored ? Self.shortened(ignored).joined(separator: "; ") : nil
        )
    }

    private static func shortened(_ reasons: [String]) -> [String] {
        guard reasons.count > mostReasons else { return reasons }
        return reasons.prefix(mostReasons) + ["and \(reasons.count - mostReasons) more"]
    }
}
