public import Foundation

/// A way back in that was seen for a case's person: an invitation that nobody has taken up; or the note that a key does
/// not show its invitations.
public struct CaseInvitation: Sendable, Equatable {
    /// The key that lists it, or that does not show its invitations.
    public let key: String
    /// `nil` where it stands for a key that does not show its invitations.
    public let invitation: InvitationID?
    public let organizationID: OrganizationID?
    public let organizationName: String?
    /// Vultr's word.
    public let status: String?
    public let expiresAt: Date?
    /// When it was first seen.
    public let seenAt: Date
    /// Why the key's invitations are not known, for people; without an email.
    public let problem: String?

    public init(
        key: String,
        invitation: InvitationID?,
        organizationID: OrganizationID? = nil,
        organizationName: String? = nil,
        status: String? = nil,
        expiresAt: Date? = nil,
        seenAt: Date,
        problem: String? = nil
    ) {
        self.key = key
        self.invitation = invitation
        self.organizationID = organizationID
        self.organizationName = organizationName
        self.status = status
        self.expiresAt = expiresAt
        self.seenAt = seenAt
        self.problem = problem
    }
}

/// Keeps the invitations that were seen for a case's person, and tells of them.
struct InvitationBoard {
    let session: any StoreSession
    let now: Date

    static func subject(_ id: CaseID) -> String { "case \(id), invitations" }

    /// Takes what the keys show in place of what they showed before.
    ///
    /// - Parameter notesProblems: whether keys that do not show their invitations are noted with the case.
    func keep(_ shown: [KeyInvitations], of case: Case, notesProblems: Bool) throws {
        let kept = try session.invitations(of: `case`.id)
        var now: [CaseInvitation] = []
        for key in shown { now += rows(key, of: `case`.emails, kept: kept, notesProblems: notesProblems, after: now) }
        // Of keys that are no longer configured nothing is known any more.
        guard now != kept else { return }
        try session.replaceInvitations(of: `case`.id, with: now)
        try tell(of: now.filter { $0.invitation != nil }, `case`)
    }

    /// Forgets them: the person may be invited.
    func clear(_ id: CaseID) throws {
        guard try !session.invitations(of: id).isEmpty else { return }
        try session.replaceInvitations(of: id, with: [])
        try NoticeBoard(session: session, now: now).withdraw(Self.subject(id))
    }

    private func rows(
        _ key: KeyInvitations,
        of emails: [EmailAddress],
        kept: [CaseInvitation],
        notesProblems: Bool,
        after others: [CaseInvitation]
    ) -> [CaseInvitation] {
        let known = kept.filter { $0.key == key.key }
        var rows: [CaseInvitation] = []
        var problem: String?
        switch key.answer {
        case .success(let listing):
            problem = listing.doubt.map { "the invitations are not proven complete: \($0)" }
            let open = listing.rows.filter { row in row.isOpen && row.addresses.contains { emails.contains($0) } }
            for row in open where !others.contains(where: { $0.invitation == row.id }) {
                rows.append(
                    CaseInvitation(
                        key: key.key,
                        invitation: row.id,
                        organizationID: row.organizationID,
                        organizationName: row.organizationName,
                        status: row.status,
                        expiresAt: row.expiresAt,
                        seenAt: kept.first { $0.invitation == row.id }?.seenAt ?? now
                    )
                )
            }
            if problem != nil {
                // A list that is not whole does not say that one is gone.
                rows += known.filter { one in
                    one.invitation != nil && !listing.rows.contains { $0.id == one.invitation }
                }
            }
        case .failure(let error):
            problem = "the invitations cannot be read: \(error)"
            rows += known.filter { $0.invitation != nil }
        }
        let noted = known.first { $0.invitation == nil }
        if let problem, notesProblems || noted != nil {
            let since = noted?.seenAt ?? now
            rows.append(CaseInvitation(key: key.key, invitation: nil, seenAt: since, problem: problem))
        }
        return rows
    }

    private func tell(of open: [CaseInvitation], _ case: Case) throws {
        let board = NoticeBoard(session: session, now: now)
        guard !open.isEmpty else { return try board.withdraw(Self.subject(`case`.id)) }
        let places = open.map { one in
            let name = one.organizationName.map { "\($0) " } ?? ""
            let place = one.organizationID.map { "\(name)(\($0))" } ?? "an organization of key \(one.key)"
            return one.expiresAt.map { "\(place), until \($0.formatted(.iso8601))" } ?? place
        }
        let notice = Notice(
            kind: .invitation,
            at: now,
            sender: `case`.sender,
            caseID: `case`.id,
            email: `case`.email,
            receivedAt: `case`.receivedAt,
            reason: "an invitation would let the person in again, and the API cannot cancel it: "
                + places.joined(separator: "; ")
        )
        let ids = open.compactMap(\.invitation?.text).sorted().joined(separator: " ")
        try board.post(notice, about: Self.subject(`case`.id), because: ids)
    }
}
