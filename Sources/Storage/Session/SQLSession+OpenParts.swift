internal import Foundation
internal import Offboarding

extension SQLSession {
    func part(_ sequence: Int64) throws -> DeliveryPart? {
        try row("SELECT * FROM open_parts WHERE sequence = ?", [sequence]).map(Self.part)
    }

    func parts(of delivery: DeliveryID, in states: [DeliveryPart.State], limit: Int) throws -> [DeliveryPart] {
        try rows(
            """
            SELECT * FROM open_parts WHERE delivery = ? AND state IN (\(Self.placeholders(states.count)))
            ORDER BY sequence LIMIT ?
            """,
            [delivery.text] + (states.map(\.rawValue) as SQLArguments) + [max(0, limit)]
        ).map(Self.part)
    }

    func countParts(of delivery: DeliveryID) throws -> [DeliveryPart.State: Int] {
        var counts: [DeliveryPart.State: Int] = [:]
        for row in try rows(
            "SELECT state, count(*) FROM open_parts WHERE delivery = ? GROUP BY state",
            [delivery.text]
        ) { counts[try Self.word(row[0], "state of a delivery's part")] = row[1] }
        return counts
    }

    func hasDuePart(of sender: String, now: Date) throws -> Bool {
        try row(
            "SELECT 1 FROM open_parts WHERE sender = ? AND due_at IS NOT NULL AND due_at <= ? LIMIT 1",
            [sender, now.milliseconds]
        ) != nil
    }

    func insert(_ part: DeliveryPart) throws {
        try execute(
            """
            INSERT INTO open_parts (delivery, sender, received_at, restraint, lookup_id, departure, state, reason,
                troubles, trouble_since, due_at)
            VALUES (\(Self.placeholders(11)))
            """,
            [
                part.delivery.text, part.sender, part.receivedAt.milliseconds, part.restraint?.rawValue, part.lookupID,
                try part.departure.map(JSONText.encode), part.state.rawValue, part.reason, part.troubles,
                part.troubleSince?.milliseconds, part.dueAt?.milliseconds,
            ]
        )
    }

    func update(_ part: DeliveryPart) throws {
        try execute(
            """
            UPDATE open_parts SET state = ?, reason = ?, troubles = ?, trouble_since = ?, due_at = ? WHERE sequence = ?
            """,
            [
                part.state.rawValue, part.reason, part.troubles, part.troubleSince?.milliseconds,
                part.dueAt?.milliseconds, part.sequence,
            ]
        )
    }

    func removePart(_ sequence: Int64) throws {
        try execute("DELETE FROM open_parts WHERE sequence = ?", [sequence])
    }

    func takeDueParts(of sender: String, now: Date, again: Date, limit: Int) throws -> [DeliveryPart] {
        let due = try rows(
            """
            SELECT * FROM open_parts WHERE sender = ? AND due_at IS NOT NULL AND due_at <= ?
            ORDER BY due_at, sequence LIMIT ?
            """,
            [sender, now.milliseconds, max(0, limit)]
        ).map(Self.part)
        for part in due {
            try execute("UPDATE open_parts SET due_at = ? WHERE sequence = ?", [again.milliseconds, part.sequence])
        }
        return due
    }

    private static func part(_ row: SQLRow) throws -> DeliveryPart {
        DeliveryPart(
            sequence: row["sequence"],
            delivery: DeliveryID(row["delivery"]),
            sender: row["sender"],
            receivedAt: Date(milliseconds: row["received_at"]),
            restraint: try (row["restraint"] as String?).map { try word($0, "restraint") },
            lookupID: row["lookup_id"],
            departure: try (row["departure"] as String?).map(JSONText.decode),
            state: try word(row["state"], "state of a delivery's part"),
            reason: row["reason"],
            troubles: row["troubles"],
            troubleSince: date(row["trouble_since"]),
            dueAt: date(row["due_at"])
        )
    }
}
