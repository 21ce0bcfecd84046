internal import Foundation
internal import Offboarding

extension SQLSession {
    static let whole = """
        SELECT d.id, d.sender, d.received_at, d.signed_id, d.body_digest, d.secret_name, d.state, d.reason,
            c.headers, c.body
        FROM deliveries d LEFT JOIN delivery_contents c ON c.sequence = d.sequence
        """

    func delivery(_ id: DeliveryID) throws -> Delivery? {
        try row("\(Self.whole) WHERE d.id = ?", [id.text]).map(Self.delivery)
    }

    func deliveries(matching filter: DeliveryFilter) throws -> [DeliverySummary] {
        switch filter.state {
        case nil: return try deliveries(filter, where: "TRUE")
        case .interpreted?: return try deliveries(filter, where: "state = 'interpreted'")
        case let state?:
            // Of a million deliveries few are anything else: an index of their own finds them.
            var found = try deliveries(
                filter,
                from: "deliveries \(indexed(by: "deliveries_unusual"))",
                where: "is_read = 1 AND state <> 'interpreted' AND state = '\(state.rawValue)'"
            )
            guard state == .accepted else { return found }
            found += try deliveries(
                filter,
                from: "deliveries \(indexed(by: "deliveries_accepted"))",
                where: "state = 'accepted' AND is_read = 0"
            )
            found.sort { $0.id > $1.id }
            return filter.limit.map { Array(found.prefix(max(0, $0))) } ?? found
        }
    }

    private func deliveries(
        _ filter: DeliveryFilter,
        from table: String = "deliveries",
        where condition: String
    ) throws -> [DeliverySummary] {
        var arguments: SQLArguments = []
        if let after = filter.after { arguments += [after.text] }
        // SQLite reads a negative limit as none.
        arguments += [filter.limit.map { max(0, $0) } ?? Int.max]
        return try rows(
            """
            SELECT id, sender, received_at, state, reason FROM \(table)
            WHERE \(condition) \(filter.after == nil ? "" : "AND id < ?") ORDER BY id DESC LIMIT ?
            """,
            arguments
        ).map { row in
            let id = DeliveryID(row[0])
            return DeliverySummary(
                id: id,
                sender: row[1],
                receivedAt: Date(milliseconds: row[2]),
                state: try Self.word(row[3], "state of a delivery"),
                reason: row[4],
                cases: try cases(of: id)
            )
        }
    }

    func acceptedDeliveries(limit: Int) throws -> [Delivery] {
        try rows(
            "\(Self.whole) WHERE \(Self.isUnread) AND \(Self.isNoSuspect) ORDER BY d.sequence LIMIT ?",
            [max(0, limit)]
        ).map(Self.delivery)
    }

    func cases(of delivery: DeliveryID) throws -> [CaseID] {
        try rows(
            """
            SELECT case_id FROM statements WHERE delivery = ? AND case_id IS NOT NULL
            GROUP BY case_id ORDER BY min(sequence)
            """,
            [delivery.text]
        ).map { CaseID($0[0]) }
    }

    func trace(of delivery: DeliveryID) throws -> TraceParent? {
        try row(
            """
            SELECT c.headers FROM deliveries d JOIN delivery_contents c ON c.sequence = d.sequence WHERE d.id = ?
            """,
            [delivery.text]
        ).flatMap { Self.trace($0[0]) }
    }

    func trace(of id: CaseID) throws -> TraceParent? {
        let first = try row(
            """
            SELECT delivery FROM statements \(indexed(by: "statements_case"))
            WHERE case_id = ? AND kind = 'departed' ORDER BY sequence LIMIT 1
            """,
            [id.text]
        )
        return try (first?[0] as String?).flatMap { try trace(of: DeliveryID($0)) }
    }

    /// Headers that are damaged have no trace: what is told of them must not fail for it.
    private static func trace(_ headers: String) -> TraceParent? {
        let start = "\(TraceParent.header): "
        let said = headers.split(separator: "\n").filter { $0.hasPrefix(start) }
        return said.count == 1 ? TraceParent(String(said[0].dropFirst(start.count))) : nil
    }

    func settle(_ id: DeliveryID, as state: Delivery.State, reason: String?) throws {
        guard let before = try row("SELECT sender, state, reason, is_read FROM deliveries WHERE id = ?", [id.text])
        else {
            throw StoreConflict("there is no delivery \(id)")
        }
        try execute(
            "UPDATE deliveries SET state = ?, reason = ?, is_read = 1 WHERE id = ?",
            [state.rawValue, reason, id.text]
        )
        let isSame = before[1] == state.rawValue && before[2] == reason && before[3] == true
        if !isSame {
            try note(.settled(id, sender: before[0], as: state, reason: reason, by: actor, at: now))
        }
    }

    static func delivery(_ row: SQLRow) throws -> Delivery {
        let signedID: [UInt8] = row["signed_id"]
        let body: [UInt8]? = row["body"]
        var delivery = Delivery(
            id: DeliveryID(row["id"]),
            sender: row["sender"],
            receivedAt: Date(milliseconds: row["received_at"]),
            headers: try (row["headers"] as String?).map(HeaderText.decode) ?? [],
            body: body ?? [],
            replayKey: ReplayKey(
                signedID: signedID.isEmpty ? nil : String(decoding: signedID, as: UTF8.self),
                bodyDigest: row["body_digest"]
            ),
            secretName: row["secret_name"],
            state: try word(row["state"], "state of a delivery"),
            reason: row["reason"]
        )
        delivery.isBodyKept = body != nil
        return delivery
    }
}
