import Foundation
import Offboarding
import Presentation

/// What one sender told of, with what came of it.
struct SenderReport: Sendable {
    /// A person and the case that the sender's word went to.
    struct Row: Sendable {
        /// When the sender told of it first.
        let toldAt: Date
        let effectiveAt: Date?
        let shown: Case
        let removals: [Removal]

        /// The removals that were made, would have been made, or are to be made.
        var concerned: [Removal] {
            removals.filter { $0.membership != nil && $0.outcome != .protected && $0.outcome != .serviceUser }
        }

        /// What holds it, would have held it, or stands in its way.
        var heldBy: String? {
            let marker = "would be held: "
            return shown.reason.map { $0.hasPrefix(marker) ? String($0.dropFirst(marker.count)) : $0 }
        }
    }

    let sender: String
    /// What the sender may do now.
    let mode: Policy.Mode
    let since: Date?
    let end: Date?
    /// Oldest first.
    let rows: [Row]

    /// - Parameters:
    ///   - since: what was told at or after it; `nil` for all that is kept.
    ///   - end: what was told before it.
    init(of sender: String, since: Date?, before end: Date?, policy: Policy, in session: any StoreReadings) throws {
        self.sender = sender
        self.since = since
        self.end = end
        mode = policy.mode == .dryRun || policy.shadows.contains(sender) ? .dryRun : .enforce
        var rows: [CaseID: Row] = [:]
        // What went to a second case because the first was ended for it counts there.
        var latest: [DeliveryID: [EmailAddress: CaseID]] = [:]
        var order: [CaseID] = []
        for statement in try session.statements(by: sender, since: since) where statement.departure.kind == .departed {
            if let end, statement.receivedAt >= end { continue }
            guard let id = statement.caseID, let found = try session.case(id), found.restraint != .test else {
                continue
            }
            if let delivery = statement.delivery {
                if let earlier = latest[delivery]?[statement.departure.email], earlier != id,
                    rows[earlier]?.shown.state == .cancelled
                {
                    rows[earlier] = nil
                }
                latest[delivery, default: [:]][statement.departure.email] = id
            }
            guard rows[id] == nil else { continue }
            order.append(id)
            rows[id] = Row(
                toldAt: statement.receivedAt,
                effectiveAt: statement.departure.effectiveAt,
                shown: found,
                removals: try session.removals(of: id)
            )
        }
        self.rows = order.compactMap { rows[$0] }
    }

    /// How many cases came to what.
    var summary: [(name: String, count: Int)] {
        func count(_ isCounted: (Row) -> Bool) -> Int { rows.count(where: isCounted) }
        let wouldRemove = count { $0.shown.result == .dryRun && !$0.concerned.isEmpty && $0.heldBy == nil }
        return [
            ("told", rows.count),
            ("removed", count { $0.shown.result == .removed }),
            ("would_remove", wouldRemove),
            ("would_hold", count { $0.shown.result == .dryRun && $0.heldBy != nil }),
            ("no_account", count { $0.shown.result == .noAccount }),
            ("held", count { $0.shown.state == .held }),
            ("attention", count { $0.shown.state == .attention }),
            ("ended", count { $0.shown.state == .cancelled || $0.shown.state == .refused }),
            ("under_way", count { [.scheduled, .queued, .running, .retrying].contains($0.shown.state) }),
        ]
    }

    func text(colours: Bool) -> String {
        let words = summary.dropFirst().filter { $0.count > 0 }.map { item in
            "\(item.count) \(item.name.replacing("_", with: " "))"
        }
        let bounds = [("since", since), ("before", end)]
        let period = bounds.compactMap { word, date in date.map { " \(word) \(TimeText.text($0))" } }.joined()
        let isShadow = mode == .dryRun ? " (dry run: nobody is removed for it)" : ""
        let head = "sender \(HarmlessText.text(sender))\(isShadow) told of \(rows.count) departures\(period)"
        let title = words.isEmpty ? head : "\(head): \(words.joined(separator: ", "))"
        guard !rows.isEmpty else { return title }
        var table = Table("TOLD", "PERSON", "STATE", "RESULT", "ORGANIZATIONS", "CASE", "HELD BY")
        for row in rows {
            table.add(
                Table.Cell(TimeText.text(row.toldAt)),
                Table.Cell(row.shown.email.text),
                CasePresentation.cell(row.shown.state),
                Table.Cell(row.shown.result?.rawValue),
                Table.Cell(Self.names(row.concerned).joined(separator: ", ")),
                Table.Cell(row.shown.id.text),
                Table.Cell(row.heldBy)
            )
        }
        return title + "\n\n" + table.text(colours: colours)
    }

    private static func names(_ removals: [Removal]) -> [String] {
        removals.compactMap { $0.organizationName ?? $0.organizationID?.text }
    }

    var json: JSONOutput {
        .object([
            ("sender", .text(sender)),
            ("mode", .text(mode.rawValue)),
            ("since", .optional(since)),
            ("before", .optional(end)),
            ("summary", .object(summary.map { ($0.name, .integer($0.count)) })),
            ("people", .list(rows.map(Self.json))),
        ])
    }

    private static func json(_ row: Row) -> JSONOutput {
        .object([
            ("email", .text(row.shown.email.text)),
            ("told_at", .optional(row.toldAt)),
            ("effective_at", .optional(row.effectiveAt)),
            ("case", .text(row.shown.id.text)),
            ("case_sender", .text(row.shown.sender)),
            ("state", .text(row.shown.state.rawValue)),
            ("result", .optional(row.shown.result?.rawValue)),
            ("held_by", .optional(row.heldBy)),
            (
                "organizations",
                .list(
                    row.concerned.map { removal in
                        .object([
                            ("organization_id", .optional(removal.organizationID?.text)),
                            ("organization_name", .optional(removal.organizationName)),
                            ("user_id", .optional(removal.userID?.text)),
                            ("outcome", .text(removal.outcome.rawValue)),
                        ])
                    }
                )
            ),
        ])
    }

    /// RFC 4180, with a heading; lines end with LF.
    var csv: String {
        let heading = ["told_at", "effective_at", "email", "case", "state", "result", "organizations", "held_by"]
        let lines = rows.map { row -> [String] in
            [
                TimeText.text(row.toldAt), row.effectiveAt.map(TimeText.text) ?? "", row.shown.email.text,
                row.shown.id.text, row.shown.state.rawValue, row.shown.result?.rawValue ?? "",
                Self.names(row.concerned).joined(separator: "; "), row.heldBy ?? "",
            ]
        }
        return ([heading] + lines).map { $0.map(CSVText.cell).joined(separator: ",") }.joined(separator: "\n")
    }
}
