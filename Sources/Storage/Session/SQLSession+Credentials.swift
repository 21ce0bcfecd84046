internal import Foundation
internal import Offboarding

extension SQLSession {
    func credentialEndings(of id: CaseID) throws -> [CredentialEnding] {
        try rows("SELECT * FROM credential_endings WHERE case_id = ? ORDER BY user_id, kind, key", [id.text]).map {
            row in
            CredentialEnding(
                place: CredentialEnding.Place(
                    user: UserID(row["user_id"]),
                    kind: try Self.word(row["kind"], "kind"),
                    key: row["key"]
                ),
                outcome: try Self.word(row["outcome"], "outcome"),
                count: row["count"],
                httpStatus: row["http_status"],
                detail: row["detail"]
            )
        }
    }

    func save(_ ending: CredentialEnding, of id: CaseID) throws {
        let before = try credentialEndings(of: id).first { $0.place == ending.place }
        try execute(
            """
            INSERT INTO credential_endings (case_id, user_id, kind, key, outcome, count, http_status, detail)
            VALUES (\(Self.placeholders(8)))
            ON CONFLICT (case_id, user_id, kind, key) DO UPDATE SET outcome = excluded.outcome, count = excluded.count,
                http_status = excluded.http_status, detail = excluded.detail
            """,
            [
                id.text, ending.place.user.text, ending.place.kind.rawValue, ending.place.key, ending.outcome.rawValue,
                ending.count, ending.httpStatus, ending.detail,
            ]
        )
        if let event = AuditEvent.ended(ending, before: before, case: id, at: now) { try note(event) }
    }
}
