import Offboarding
import Outbound
import Presentation
import Senders

extension CheckReport {
    /// The report for people. Never shows a secret.
    func text(colours: Bool) -> String {
        var parts = keys.map { key in
            var lines = ["key \(HarmlessText.text(key.reading.key.name)): " + Self.state(key, colours: colours)]
            if !key.reading.organizations.rows.isEmpty { lines.append(Self.organizations(key).text(colours: colours)) }
            return lines.joined(separator: "\n")
        }
        if !senders.isEmpty {
            var table = Table("SENDER", "PATH", "PRESET", "VERIFIED BY", "REPETITIONS BY")
            for sender in senders {
                table.add(
                    Table.Cell(sender.sender.name),
                    Table.Cell("/hooks/\(sender.sender.name)"),
                    Table.Cell(sender.sender.preset),
                    Table.Cell(sender.sender.vouchers.joined(separator: ", ")),
                    Table.Cell(sender.signsID ? "signed id" : "body's digest")
                )
            }
            parts.append(table.text(colours: colours))
        }
        if !notifications.isEmpty { parts.append(Self.table(notifications).text(colours: colours)) }
        let remarks = remarks.map { severity, text in
            let shown = HarmlessText.text("\(severity == .bad ? "problem" : "warning"): \(text)")
            return colours ? severity.paint(shown) : shown
        }
        if !remarks.isEmpty { parts.append(remarks.joined(separator: "\n")) }
        let notes = senders.flatMap { sender in
            (sender.isShadow ? ["sender \(sender.sender.name) is in shadow mode: nobody is removed for it"] : [])
                + sender.notes
        }
        if !notes.isEmpty {
            parts.append(notes.map { HarmlessText.text("note: \($0)") }.joined(separator: "\n"))
        }
        parts.append(isSound ? "Every key can do its work." : "Some key cannot do its work.")
        return parts.joined(separator: "\n\n")
    }

    private static func table(_ notifications: [NotificationSettings]) -> Table {
        var table = Table("NOTIFICATION", "KIND", "HOST", "TOLD OF")
        for notification in notifications {
            table.add(
                Table.Cell(notification.name),
                Table.Cell(notification.kind.rawValue),
                Table.Cell(notification.host),
                Table.Cell(notification.events.map(\.rawValue).joined(separator: ", "))
            )
        }
        return table
    }

    private var remarks: [(Colour, String)] {
        var remarks: [(Colour, String)] = []
        for key in keys {
            remarks += key.problems.map { (.bad, "key \(key.reading.key.name): \($0)") }
            remarks += key.warnings.map { (.waiting, "key \(key.reading.key.name): \($0)") }
        }
        for sender in senders { remarks += sender.warnings.map { (.waiting, "sender \(sender.sender.name): \($0)") } }
        if !uncovered.isEmpty {
            remarks.append((.waiting, "not covered by any key: \(uncovered.map(\.text).joined(separator: ", "))"))
        }
        return remarks + warnings.map { (.waiting, $0) }
    }

    private static func state(_ key: Key, colours: Bool) -> String {
        let reading = key.reading
        guard reading.failure == nil else { return colours ? Colour.bad.paint("not usable") : "not usable" }
        let owners = reading.owners.map(\.text).joined(separator: ", ")
        let serviceUsers = reading.users.rows.count { $0.isServiceUser == true }
        let facts = [
            "\(reading.organizations.rows.count) organizations",
            "\(reading.users.rows.count) users, \(reading.users.isProven ? "proven complete" : "not proven complete")",
            "\(serviceUsers) service users",
            "owner \(owners.isEmpty ? "not known" : owners)",
        ]
        let state = key.problems.isEmpty ? "good" : "trouble"
        let colour = key.problems.isEmpty ? Colour.good : Colour.bad
        return (colours ? colour.paint(state) : state) + ": " + HarmlessText.text(facts.joined(separator: "; "))
    }

    private static func organizations(_ key: Key) -> Table {
        var table = Table("  ORGANIZATION", "NAME", "COVERED", "SUSPENDED USERS")
        for organization in key.reading.organizations.rows {
            let isCovered = key.reading.key.covers(organization.id)
            table.add(
                Table.Cell("  \(organization.id)"),
                Table.Cell(organization.name),
                Table.Cell(isCovered ? "yes" : "no", isCovered ? .good : .waiting),
                Table.Cell(isCovered ? suspended(key.reading, organization.id) : nil)
            )
        }
        return table
    }

    private static func suspended(_ reading: KeyReading, _ id: OrganizationID) -> String {
        switch reading.suspended[id] {
        case .success(let listing)?: "\(listing.rows.count)"
        case .failure?, nil: "cannot be read"
        }
    }

    /// The report for programs. Never holds a secret.
    var json: JSONOutput {
        .object([
            ("ok", .boolean(isSound)),
            ("mode", .text(mode.rawValue)),
            ("keys", .list(keys.map(Self.json))),
            ("senders", .list(senders.map(Self.json))),
            ("notifications", .list(notifications.map(\.json))),
            ("uncovered", .list(uncovered.map { .text($0.text) })),
            ("warnings", .list(warnings.map(JSONOutput.text))),
        ])
    }

    private static func json(_ key: Key) -> JSONOutput {
        let reading = key.reading
        return .object([
            ("name", .text(reading.key.name)),
            ("ok", .boolean(key.problems.isEmpty)),
            ("reachable", .boolean(reading.failure == nil)),
            (
                "organizations",
                .list(
                    reading.organizations.rows.map { organization in
                        let listing = reading.suspended[organization.id]
                        let isReadable = if case .success? = listing { true } else { false }
                        return .object([
                            ("id", .text(organization.id.text)),
                            ("name", .text(organization.name)),
                            ("covered", .boolean(reading.key.covers(organization.id))),
                            ("suspended_readable", listing == nil ? .null : .boolean(isReadable)),
                        ])
                    }
                )
            ),
            ("users", .integer(reading.users.rows.count)),
            ("users_proven", .boolean(reading.failure == nil && reading.users.isProven)),
            ("service_users", .integer(reading.users.rows.count { $0.isServiceUser == true })),
            ("owners", .list(reading.owners.map { .text($0.text) })),
            ("problems", .list(key.problems.map(JSONOutput.text))),
            ("warnings", .list(key.warnings.map(JSONOutput.text))),
        ])
    }

    private static func json(_ checked: CheckedSender) -> JSONOutput {
        .object([
            ("name", .text(checked.sender.name)),
            ("preset", .optional(checked.sender.preset)),
            ("proven", .boolean(checked.sender.proof == .proven)),
            ("verified_by", .list(checked.sender.vouchers.map(JSONOutput.text))),
            ("signed_id", .boolean(checked.signsID)),
            ("shadow", .boolean(checked.isShadow)),
            ("warnings", .list(checked.warnings.map(JSONOutput.text))),
            ("notes", .list(checked.notes.map(JSONOutput.text))),
        ])
    }
}
