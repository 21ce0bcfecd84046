import HTTPListener
import Offboarding
import Presentation

/// The audit chain, newest first, and whether it holds.
extension Pages {
    var auditRoutes: [Route] { [Route(.page, "GET", "/audit", listAudit)] }

    private struct Model {
        struct Row {
            let sequence: String
            let at: String
            let what: String
            let by: String
            let caseID: String?
            let delivery: String?
            let detail: String
        }

        let state: String
        let pill: String
        let summary: String
        let checkpoint: String?
        /// The case whose entries are shown; empty where all are.
        let caseID: String?
        let entries: [Row]
        let hasEntries: Bool
        let older: String?
    }

    private func listAudit(_ request: ConsoleRequest) async throws -> Response {
        let id = request.query["case"].flatMap { $0.isEmpty ? nil : CaseID($0) }
        let below = request.query["cursor"].flatMap { Int64($0) }
        let found = try await parts.store.read { session in
            (
                entries: try session.newestAuditEntries(of: id, below: below, limit: Self.rows + 1),
                checkpoint: try session.auditCheckpoint()
            )
        }
        let standing = try await chain.standing()
        let model = Model(
            state: standing.state,
            pill: standing.pill,
            summary: standing.summary,
            checkpoint: found.checkpoint?.text,
            caseID: id?.text,
            entries: try found.entries.prefix(Self.rows).map { entry in
                let record = try AuditRecord(entry)
                let shown = TimelineEntry(record)
                return Model.Row(
                    sequence: shown.sequence,
                    at: shown.at,
                    what: shown.what,
                    by: shown.by ?? "engine",
                    caseID: record.caseID?.text,
                    delivery: record.delivery?.text,
                    detail: shown.detail ?? ""
                )
            },
            hasEntries: !found.entries.isEmpty,
            older: found.entries.count > Self.rows
                ? Self.older(
                    "/audit",
                    [("case", id?.text), ("cursor", String(found.entries[Self.rows - 1].sequence))]
                ) : nil
        )
        return renderer.page("audit", model, title: "Audit", for: request, here: "/audit")
    }
}
