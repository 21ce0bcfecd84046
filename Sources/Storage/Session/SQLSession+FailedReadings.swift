internal import Foundation
internal import Offboarding

extension SQLSession {
    /// Of a delivery `d`.
    static let isUnread = "d.state = 'accepted' AND d.is_read = 0"
    static let isNoSuspect = "NOT EXISTS (SELECT 1 FROM failed_readings f WHERE f.delivery = d.id)"
    private static let isRepeated =
        "EXISTS (SELECT 1 FROM repeated_deliveries r WHERE r.delivery = d.id AND r.waiting = 1)"

    func unreadDeliveries(limit: Int) throws -> [DeliveryID] {
        try rows(
            "SELECT d.id FROM deliveries d WHERE \(Self.isUnread) AND \(Self.isNoSuspect) ORDER BY d.sequence LIMIT ?",
            [max(0, limit)]
        ).map { DeliveryID($0[0]) }
    }

    func unread(among ids: [DeliveryID]) throws -> Set<DeliveryID> {
        guard !ids.isEmpty else { return [] }
        return Set(
            try rows(
                "SELECT d.id FROM deliveries d WHERE d.id IN (\(Self.placeholders(ids.count))) AND \(Self.isUnread)",
                ids.map(\.text)
            ).map { DeliveryID($0[0]) }
        )
    }

    func suspects(limit: Int) throws -> [Suspect] {
        try rows(
            """
            SELECT d.id, d.sender, f.tries, NOT (\(Self.isUnread))
            FROM failed_readings f \(database.dialect.joinInOrder) deliveries d ON d.id = f.delivery
            WHERE \(Self.isUnread) OR \(Self.isRepeated)
            ORDER BY f.last_at, d.sequence LIMIT ?
            """,
            [max(0, limit)]
        ).map(Self.suspect)
    }

    func repeatedDeliveries(limit: Int) throws -> [Delivery] {
        try rows(
            """
            SELECT d.id FROM repeated_deliveries r \(database.dialect.joinInOrder) deliveries d ON d.id = r.delivery
            WHERE r.waiting = 1 AND \(Self.isNoSuspect) ORDER BY r.noticed_at, r.delivery LIMIT ?
            """,
            [max(0, limit)]
        ).compactMap { try delivery(DeliveryID($0[0])) }
    }

    func noteFailedReading(of id: DeliveryID, at now: Date) throws -> Suspect? {
        let noted = try execute(
            """
            INSERT INTO failed_readings (delivery, tries, last_at)
            SELECT d.id, 1, ? FROM deliveries d WHERE d.id = ? AND (\(Self.isUnread) OR \(Self.isRepeated))
            ON CONFLICT (delivery) DO UPDATE SET tries = failed_readings.tries + 1, last_at = excluded.last_at
            """,
            [now.milliseconds, id.text]
        )
        guard noted == 1 else { return nil }
        return try row(
            """
            SELECT d.id, d.sender, f.tries, NOT (\(Self.isUnread))
            FROM deliveries d JOIN failed_readings f ON f.delivery = d.id WHERE d.id = ?
            """,
            [id.text]
        ).map(Self.suspect)
    }

    func forgetFailedReadings(of id: DeliveryID) throws {
        try execute("DELETE FROM failed_readings WHERE delivery = ?", [id.text])
    }

    func takeRepetition(of id: DeliveryID) throws -> Bool {
        try execute("UPDATE repeated_deliveries SET waiting = 0 WHERE delivery = ? AND waiting = 1", [id.text]) == 1
    }

    func putBack(_ id: DeliveryID) throws {
        let changed = try execute(
            "UPDATE deliveries SET state = 'accepted', reason = NULL, is_read = 0 WHERE id = ?",
            [id.text]
        )
        guard changed == 1 else { throw StoreConflict("there is no delivery \(id)") }
        try note(.putBack(id, by: actor, at: now))
    }

    private static func suspect(_ row: SQLRow) -> Suspect {
        Suspect(delivery: DeliveryID(row[0]), sender: row[1], tries: row[2], isRepetition: row[3])
    }
}
