import Foundation
import Offboarding
import Presentation

/// One page about one case, made of what the audit chain says and nothing else.
struct ReceiptPage {
    let history: CaseHistory
    let names: PeopleNames
    /// The hash of the last entry about the case.
    let hash: String
    let checkpoint: AuditCheckpoint
    let at: Date

    private var report: CaseReport { CaseReport(history: history, names: names) }

    var text: String {
        var lines = ["vultr-offboard receipt", ""]
        func line(_ name: String, _ value: String?) {
            lines.append(name.padding(toLength: 14, withPad: " ", startingAt: 0) + (value ?? "-"))
        }
        line("case", history.id.text)
        line("person", report.people)
        line("state", [history.state, history.result].compactMap { $0 }.joined(separator: ", "))
        lines += ["", "told"]
        for telling in history.tellings {
            let effective = telling.effectiveAt.map { ", to take effect \($0)" } ?? ""
            let delivery = telling.delivery.map { ", delivery \($0)" } ?? ""
            lines.append(
                "  \(telling.receivedAt) by \(names.actor(telling.by))\(delivery)\(effective) [\(telling.sequence)]"
            )
        }
        lines += ["", "removed"]
        for removal in history.removals {
            let place =
                removal.organization.map { "organization \($0), user \(removal.user ?? "-")" } ?? "key \(removal.key)"
            let status = removal.httpStatus.map { ", HTTP \($0)" } ?? ""
            let time = (removal.appliedAt ?? removal.outcomeAt).map { " \($0)" } ?? ""
            lines.append("  \(place): \(removal.outcome)\(status)\(time) [\(removal.sequence)]")
        }
        if history.removals.isEmpty { lines.append("  nothing") }
        line("time to revoke", history.secondsToRevoke.map { " \(String(format: "%.3f", $0)) s" })
        lines += ["", "proved by lists that no longer show the person"]
        for list in history.evidence {
            let proof = list.isProven ? "proven complete" : "NOT proven complete"
            lines.append("  key \(list.key), read \(list.readAt): \(list.users) users, \(proof)")
        }
        if history.evidence.isEmpty { lines.append("  none yet") }
        lines += ["", "decided"]
        lines += history.events.map { event in
            "  \(event.at) \(event.kind) by \(names.actor(event.by))" + (event.reason.map { ": \($0)" } ?? "")
                + " [\(event.sequence)]"
        }
        lines += ["", "audit chain"]
        let first = history.firstSequence.map { String($0) } ?? "-"
        let last = history.lastSequence.map { String($0) } ?? "-"
        line("entries", "\(first) to \(last); numbers in brackets are entries")
        line("last hash", hash)
        line("checkpoint", checkpoint.text)
        line("printed", TimeText.text(at))
        return lines.joined(separator: "\n") + "\n"
    }

    func json(_ signed: SignedPage) -> JSONOutput {
        .object([
            ("case", .text(history.id.text)),
            ("person", .text(report.people)),
            ("state", .optional(history.state)),
            ("result", .optional(history.result)),
            ("told", .list(history.tellings.map(json))),
            ("removed", .list(history.removals.map(json))),
            ("removed_at", .optional(history.removedAt)),
            ("milliseconds_to_revoke", .optional(history.secondsToRevoke.map { Int(($0 * 1000).rounded()) })),
            ("evidence", .list(history.evidence.map(json))),
            ("exceptions", .list(report.history.exceptions.map(JSONOutput.text))),
            ("first_entry", .optional(history.firstSequence.map { Int($0) })),
            ("last_entry", .optional(history.lastSequence.map { Int($0) })),
            ("last_hash", .text(hash)),
            ("checkpoint", .text(checkpoint.text)),
            ("page", .text(signed.page)),
            ("key", .optional(signed.key)),
            ("signature", .optional(signed.signature)),
        ])
    }

    private func json(_ telling: CaseHistory.Telling) -> JSONOutput {
        .object([
            ("received_at", .text(telling.receivedAt)), ("by", .text(names.actor(telling.by))),
            ("delivery", .optional(telling.delivery?.text)), ("effective_at", .optional(telling.effectiveAt)),
            ("entry", .integer(Int(telling.sequence))),
        ])
    }

    private func json(_ removal: CaseHistory.RemovalHistory) -> JSONOutput {
        .object([
            ("key", .text(removal.key)), ("organization_id", .optional(removal.organization)),
            ("user_id", .optional(removal.user)), ("outcome", .text(removal.outcome)),
            ("http_status", .optional(removal.httpStatus.map { Int($0) })),
            ("attempts", .integer(Int(removal.attempts))), ("answered_at", .optional(removal.answeredAt)),
            ("outcome_at", .optional(removal.outcomeAt)), ("entry", .integer(Int(removal.sequence))),
        ])
    }

    private func json(_ list: CaseHistory.Evidence) -> JSONOutput {
        .object([
            ("key", .text(list.key)), ("read_at", .text(list.readAt)), ("users", .integer(Int(list.users))),
            ("proven", .boolean(list.isProven)),
        ])
    }
}

/// A page with the signature over its bytes.
struct SignedPage {
    /// What is signed, to the last byte.
    let page: String
    /// The fingerprint of the key; `nil` where there is none.
    let key: String?
    /// In base64.
    let signature: String?

    /// The line that ends the page.
    static let mark = "signature: "

    /// - Throws: where the key cannot be read.
    init(_ page: String, by signer: ConfiguredSigner?) throws {
        let fingerprint = try signer?.publicKey().fingerprint
        let how =
            fingerprint.map { key in
                """

                To check: the last line holds the signature of key \(key)
                over all lines before it. With the public key in audit.pub:
                  sed '$d' receipt.txt > page
                  sed -n '$s/^\(Self.mark)//p' receipt.txt | base64 -d > page.sig
                  openssl pkeyutl -verify -rawin -pubin -inkey audit.pub -in page -sigfile page.sig

                """
            } ?? "\nNOT signed: there is no audit.key.\n"
        self.page = page + how
        key = fingerprint
        signature = try signer.map { Data(try $0.sign(Array((page + how).utf8))).base64EncodedString() }
    }

    /// The page and the line with its signature, without the last line's end.
    var text: String {
        guard let signature else { return String(page.dropLast()) }
        return page + Self.mark + signature
    }
}
