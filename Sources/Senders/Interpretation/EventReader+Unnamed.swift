import Offboarding

/// Events that do not say the email, or not in a way that can be used.
extension EventReader {
    /// Whose email is to be asked for, where the event does not say it.
    func lookup(_ kind: Departure.Kind) throws(EventTrouble) -> Lookup {
        guard let path = reading.rule.lookupID else { throw .unresolved("the event has no email") }
        let found = try nodes(path)
        if !found.isEmpty { try refuseOthers(found, "person's id") }
        var ids: [String] = []
        for node in found {
            guard let id = node.value.scalarText else {
                throw .unresolved("the person's id is neither text nor a number")
            }
            if !ids.contains(where: { $0.utf8.elementsEqual(id.utf8) }) { ids.append(id) }
            guard ids.count == 1 else { throw .unresolved("the event has two different ids of the person") }
        }
        guard let id = ids.first else { throw .unresolved("the event has neither an email nor the person's id") }
        guard (1...Lookup.longestID).contains(id.utf8.count) else {
            throw .unresolved("the person's id is empty or longer than \(Lookup.longestID) bytes")
        }
        return Lookup(
            id: id,
            departure: UnnamedDeparture(
                kind: kind,
                aliases: try aliases(beside: nil),
                effectiveAt: try effectiveAt(),
                occurredAt: try occurredAt()
            )
        )
    }

    /// What can be read of a departure whose event is not as it should be, for the person who says who is meant.
    func known(_ kind: Departure.Kind) -> UnnamedDeparture {
        var known = UnnamedDeparture(kind: kind)
        do { known.aliases = try aliases(beside: nil) } catch { known.aliases = [] }
        do { known.effectiveAt = try effectiveAt() } catch { known.effectiveAt = nil }
        do { known.occurredAt = try occurredAt() } catch { known.occurredAt = nil }
        return known
    }
}
