package import Offboarding

/// A case with its removals, ready to be shown.
package struct CasePresentation: Sendable {
    package let shown: Case
    package let removals: [Removal]
    /// What came after the case.
    package var watch: Watch?
    package var invitations: [CaseInvitation] = []
    package var credentials: [CredentialEnding] = []
    /// The case whose person this one removes again.
    package var again: CaseID?

    /// One case as it stands in the store.
    ///
    /// - Throws: `CaseDeskError` where there is none of that id; `StoreError`.
    package init(_ id: CaseID, in session: any StoreReadings) throws {
        guard let found = try session.case(id) else { throw CaseDeskError.unknownCase(id) }
        try self.init(found, in: session)
    }

    package init(_ found: Case, in session: any StoreReadings) throws {
        self.init(found, removals: try session.removals(of: found.id))
        watch = try session.watch(of: found.id)
        invitations = try session.invitations(of: found.id)
        credentials = try session.credentialEndings(of: found.id)
        again = try session.watch(followedBy: found.id)?.caseID
    }

    package init(_ found: Case, removals: [Removal]) {
        shown = found
        self.removals = removals
    }

    /// The object of `show --json` (design, section 8), with `asked_by` and `approved_by` where a person did.
    package var json: JSONOutput {
        let people = [("asked_by", shown.askedBy), ("approved_by", shown.approval?.by)].compactMap { key, person in
            person.map { (key, JSONOutput.text($0)) }
        }
        return .object(
            [
                ("id", .text(shown.id.text)),
                ("email", .text(shown.email.text)),
                ("state", .text(shown.state.rawValue)),
                ("result", .optional(shown.result?.rawValue)),
                ("reason", .optional(shown.reason)),
                ("sender", .text(shown.sender)),
                ("received_at", .optional(shown.receivedAt)),
                ("finished_at", .optional(shown.finishedAt)),
                ("plan_digest", .optional(shown.planDigest)),
                ("uncovered", .list(shown.uncovered.map { .text($0.text) })),
                ("removals", .list(removals.map(Self.json))),
            ] + people + also + aftermath
        )
    }

    private static func json(_ removal: Removal) -> JSONOutput {
        .object([
            ("key", .text(removal.key)),
            ("organization_id", .optional(removal.organizationID?.text)),
            ("organization_name", .optional(removal.organizationName)),
            ("user_id", .optional(removal.userID?.text)),
            ("outcome", .text(removal.outcome.rawValue)),
            ("http_status", .optional(removal.httpStatus)),
            ("attempts", .integer(removal.attempts)),
        ])
    }

    /// The result in words; where some organization is uncovered, it never says "everywhere" (rule 12).
    package var resultText: String? {
        switch shown.result {
        case .removed:
            shown.uncovered.isEmpty
                ? "removed from every organization" : "removed from every covered organization"
        case .noAccount: "no account found"
        case .dryRun: "dry run, nobody was removed"
        case nil: nil
        }
    }
}
