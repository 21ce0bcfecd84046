import Offboarding

/// What came after the case: whether its person is back, invited, or removed again.
extension CasePresentation {
    /// Members of the case's object that are there only where there is something to say: the contract names the others.
    var aftermath: [(key: String, value: JSONOutput)] {
        var members: [(key: String, value: JSONOutput)] = []
        if !invitations.isEmpty { members.append(("invitations", WatchPresentation.json(invitations))) }
        if let again { members.append(("again_of", .text(again.text))) }
        guard let watch else { return members }
        if !watch.back.isEmpty {
            members.append(("back", WatchPresentation.json(watch.back)))
            members.append(("back_since", .optional(watch.backSince)))
        }
        if let follower = watch.followedBy { members.append(("followed_by", .text(follower.text))) }
        return members
    }

    var aftermathLines: [(String, Table.Cell)] {
        var lines: [(String, Table.Cell)] = []
        for one in invitations {
            let label = one.invitation == nil ? "not seen" : "invited"
            lines.append((label, Table.Cell(WatchPresentation.text(one), one.invitation == nil ? .waiting : .bad)))
        }
        if let again { lines.append(("again", Table.Cell("after case \(again)"))) }
        guard let watch else { return lines }
        if !watch.back.isEmpty {
            let places = watch.back.map(WatchPresentation.text).joined(separator: ", ")
            let since = watch.backSince.map { ", since \(TimeText.text($0))" } ?? ""
            lines.append(("back", Table.Cell(places + since, .bad)))
        }
        if let follower = watch.followedBy { lines.append(("followed by", Table.Cell(follower.text))) }
        if let dueAt = watch.dueAt {
            lines.append(("next look", Table.Cell("by \(TimeText.text(dueAt))")))
        } else if let reason = watch.endedBecause {
            lines.append(("not looked for", Table.Cell(reason)))
        }
        return lines
    }
}
