import Offboarding
import Presentation

/// What came after the case, and what else it ended, as a terminal shows it.
extension CasePresentation {
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

    var alsoLines: [(String, Table.Cell)] {
        credentials.map { ending in
            let what =
                switch ending.outcome {
                case .ended: "\(ending.count) ended"
                case .none: "none found"
                case .retrying, .operator: "not ended"
                }
            let text = "\(what) of user \(ending.place.user), key \(ending.place.key)"
            let label = ending.place.kind.rawValue.replacing("_", with: " ")
            return (label, Table.Cell(text + (ending.detail.map { ": \($0)" } ?? ""), ending.isUnfinished ? .bad : nil))
        }
    }
}
