internal import Foundation
internal import Offboarding

extension SQLSession {
    func `case`(_ id: CaseID) throws -> Case? {
        try row("SELECT * FROM cases WHERE id = ?", [id.text]).map(`case`)
    }

    func cases(matching filter: CaseFilter) throws -> [Case] {
        var conditions: [String] = []
        var arguments: SQLArguments = []
        // Named, because each of these has one right index and a planner without statistics may guess another.
        var index = ""
        if let after = filter.after {
            conditions.append("id < ?")
            arguments += [after.text]
        }
        if let since = filter.since {
            conditions.append("id >= ?")
            arguments += [CaseID.earliest(at: since).text]
        }
        if let result = filter.result {
            conditions.append("result = ?")
            arguments += [result.rawValue]
            index = indexed(by: "cases_result")
        }
        if let email = filter.email {
            conditions.append("id IN (SELECT case_id FROM case_emails WHERE email = ?)")
            arguments += [email.text]
            index = ""
        }
        guard let states = filter.states, index.isEmpty, filter.email == nil else {
            if let states = filter.states {
                conditions.append("state IN (\(Self.placeholders(states.count)))")
                arguments += states.map(\.rawValue) as SQLArguments
            }
            return try cases(from: "cases \(index)", where: conditions, arguments, limit: filter.limit)
        }
        // Each state's newest by its index, then the newest of them: one query over several states would sort them all.
        var found: [Case] = []
        for state in states {
            found += try cases(
                from: "cases \(indexed(by: "cases_state"))",
                where: conditions + ["state = ?"],
                arguments + [state.rawValue],
                limit: filter.limit
            )
        }
        found.sort { $0.id > $1.id }
        return filter.limit.map { Array(found.prefix(max(0, $0))) } ?? found
    }

    private func cases(
        from table: String,
        where conditions: [String],
        _ arguments: SQLArguments,
        limit: Int?
    ) throws -> [Case] {
        let condition = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        let limit = limit.map { max(0, $0) } ?? Int.max
        return try rows("SELECT * FROM \(table) \(condition) ORDER BY id DESC LIMIT ?", arguments + [limit]).map(`case`)
    }

    func openCases(sharing emails: [EmailAddress]) throws -> [Case] {
        guard !emails.isEmpty else { return [] }
        return try rows(
            """
            SELECT * FROM cases WHERE id IN
                (SELECT case_id FROM case_emails WHERE is_open = 1 AND email IN (\(Self.placeholders(emails.count))))
            ORDER BY id
            """,
            emails.map(\.text)
        ).map(`case`)
    }

    func insert(_ new: Case) throws {
        try execute(
            """
            INSERT INTO cases (state, result, reason, occurred_at, effective_at, finished_at, plan_digest, uncovered,
                approval, restraint, asked_by, troubles, trouble_since, due_at, lease_owner, lease_until,
                id, sender, received_at)
            VALUES (\(Self.placeholders(19)))
            """,
            try Self.changeable(new) + [new.id.text, new.sender, new.receivedAt.milliseconds]
        )
        try saveEmails(of: new)
        hasChangedCases = true
        try note(.opened(new, by: actor, at: now))
        try keepAuditedState(new)
    }

    func update(_ changed: Case) throws {
        let before = try audited(changed.id)
        try change(changed)
        hasChangedCases = true
        guard let before, let event = AuditEvent.changed(changed, from: before, by: actor, at: now) else { return }
        try note(event)
        if before.entered != changed.state { try keepAuditedState(changed) }
    }

    private func audited(_ id: CaseID) throws -> AuditedCase? {
        let found = try row("SELECT audited_state, state, result, reason, approval FROM cases WHERE id = ?", [id.text])
        return try found.map { row in
            AuditedCase(
                entered: try (row[0] as String?).map { try Self.word($0, "state of a case") },
                state: try Self.word(row[1], "state of a case"),
                result: try (row[2] as String?).map { try Self.word($0, "result") },
                reason: row[3],
                approvedAt: try (row[4] as String?).map { (try JSONText.decode($0) as Approval).at }
            )
        }
    }

    private func keepAuditedState(_ entered: Case) throws {
        try execute("UPDATE cases SET audited_state = ? WHERE id = ?", [entered.state.rawValue, entered.id.text])
    }

    /// Writes what may change of a case, without waking anybody.
    func change(_ changed: Case) throws {
        let count = try execute(
            """
            UPDATE cases SET state = ?, result = ?, reason = ?, occurred_at = ?, effective_at = ?, finished_at = ?,
                plan_digest = ?, uncovered = ?, approval = ?, restraint = ?, asked_by = ?, troubles = ?,
                trouble_since = ?, due_at = ?, lease_owner = ?, lease_until = ?
            WHERE id = ?
            """,
            try Self.changeable(changed) + [changed.id.text]
        )
        guard count == 1 else { throw StoreConflict("there is no case \(changed.id)") }
        try saveEmails(of: changed)
    }

    /// Most changes leave the emails alone, and then nothing is written.
    private func saveEmails(of case: Case) throws {
        let isOpen = `case`.state.isOpen
        let kept = try rows(
            "SELECT email, is_open FROM case_emails WHERE case_id = ? ORDER BY position",
            [`case`.id.text]
        )
        let isSame = kept.elementsEqual(`case`.emails) { row, email in
            let text: String = row[0]
            let wasOpen: Bool = row[1]
            return text.utf8.elementsEqual(email.text.utf8) && wasOpen == isOpen
        }
        if isSame { return }
        try execute("DELETE FROM case_emails WHERE case_id = ?", [`case`.id.text])
        var seen: Set<EmailAddress> = []
        for (position, email) in `case`.emails.enumerated() where seen.insert(email).inserted {
            try execute(
                "INSERT INTO case_emails (case_id, position, email, is_open) VALUES (?, ?, ?, ?)",
                [`case`.id.text, position, email.text, isOpen]
            )
        }
    }

    private static func changeable(_ case: Case) throws -> SQLArguments {
        [
            `case`.state.rawValue, `case`.result?.rawValue, `case`.reason, `case`.occurredAt.milliseconds,
            `case`.effectiveAt?.milliseconds, `case`.finishedAt?.milliseconds, `case`.planDigest,
            try JSONText.encode(`case`.uncovered), try `case`.approval.map(JSONText.encode), `case`.restraint?.rawValue,
            `case`.askedBy, `case`.troubles, `case`.troubleSince?.milliseconds, `case`.dueAt?.milliseconds,
            `case`.lease?.owner, `case`.lease?.until.milliseconds,
        ]
    }

    func `case`(_ row: SQLRow) throws -> Case {
        let id = CaseID(row["id"])
        let emails = try rows("SELECT email FROM case_emails WHERE case_id = ? ORDER BY position", [id.text])
            .map { try Self.email($0[0]) }
        guard let main = emails.first else { throw StoreError(.damaged, "case \(id) has no email in the store") }
        var found = Case(
            id: id,
            email: main,
            aliases: Array(emails.dropFirst()),
            state: try Self.word(row["state"], "state of a case"),
            sender: row["sender"],
            receivedAt: Date(milliseconds: row["received_at"]),
            occurredAt: Date(milliseconds: row["occurred_at"]),
            effectiveAt: Self.date(row["effective_at"]),
            restraint: try (row["restraint"] as String?).map { try Self.word($0, "restraint") },
            askedBy: row["asked_by"],
            dueAt: Self.date(row["due_at"])
        )
        found.result = try (row["result"] as String?).map { try Self.word($0, "result") }
        found.reason = row["reason"]
        found.finishedAt = Self.date(row["finished_at"])
        found.planDigest = row["plan_digest"]
        found.uncovered = try JSONText.decode(row["uncovered"])
        found.approval = try (row["approval"] as String?).map { try JSONText.decode($0) }
        found.troubles = row["troubles"]
        found.troubleSince = Self.date(row["trouble_since"])
        if let owner = row["lease_owner"] as String?, let until = Self.date(row["lease_until"]) {
            found.lease = Case.Lease(owner: owner, until: until)
        }
        return found
    }
}
