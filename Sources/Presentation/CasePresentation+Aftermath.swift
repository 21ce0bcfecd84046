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
}
