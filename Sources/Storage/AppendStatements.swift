internal import Foundation
internal import GRDB
internal import Offboarding

/// A delivery made ready for its row on its caller's thread, so that the one writer has less to do.
struct PreparedDelivery: Sendable {
    let id: DeliveryID
    let sender: String
    let receivedAt: Int64
    let rememberedSince: Int64
    let onlyIfKnown: Bool
    /// Empty where only the digest tells deliveries apart.
    let signedID: Data
    let bodyDigest: Data
    let secretName: String?
    let state: String
    let reason: String?
    let headers: String
    let body: Data

    init(_ incoming: IncomingDelivery) {
        let delivery = incoming.delivery
        id = delivery.id
        sender = delivery.sender
        receivedAt = delivery.receivedAt.milliseconds
        rememberedSince = incoming.rememberedSince.milliseconds
        onlyIfKnown = incoming.onlyIfKnown
        signedID = delivery.replayKey.storedID
        bodyDigest = Data(delivery.replayKey.bodyDigest)
        secretName = delivery.secretName
        state = delivery.state.rawValue
        reason = delivery.reason
        headers = HeaderText.encode(delivery.headers)
        body = Data(delivery.body)
    }
}

/// The statements that append a delivery, prepared once for a connection and looked up once for a batch.
struct AppendStatements {
    /// A repetition by digest alone is news again after this long (rule 14), in milliseconds.
    static let repetitionAge: Int64 = 86_400_000

    private let known: GRDB.Statement
    private let knownID: GRDB.Statement
    private let insert: GRDB.Statement
    private let insertContents: GRDB.Statement
    private let noteRepetition: GRDB.Statement
    private let database: Database

    init(_ database: Database) throws {
        self.database = database
        known = try database.cachedStatement(
            sql: """
                SELECT id, received_at FROM deliveries
                WHERE sender = ? AND signed_id = ? AND body_digest = ? AND received_at >= ?
                ORDER BY sequence DESC LIMIT 1
                """
        )
        knownID = try database.cachedStatement(
            sql: "SELECT 1 FROM deliveries WHERE sender = ? AND signed_id = ? AND received_at >= ? LIMIT 1"
        )
        insert = try database.cachedStatement(
            sql: """
                INSERT INTO deliveries (id, sender, received_at, signed_id, body_digest, secret_name, state, reason)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """
        )
        insertContents = try database.cachedStatement(
            sql: "INSERT INTO delivery_contents (sequence, headers, body) VALUES (?, ?, ?)"
        )
        noteRepetition = try database.cachedStatement(
            sql: """
                INSERT INTO repeated_deliveries (delivery, noticed_at, waiting) VALUES (?1, ?2, 1)
                ON CONFLICT DO UPDATE SET noticed_at = ?2, waiting = 1 WHERE noticed_at <= ?2 - \(Self.repetitionAge)
                """
        )
    }

    /// Appends, or recognizes, inside the transaction that is open.
    func append(_ new: PreparedDelivery) throws -> AppendOutcome {
        // Most signed ids are new, and then this is all that is asked.
        let isKnownID =
            try new.signedID.isEmpty
            || Bool.fetchOne(knownID, arguments: [new.sender, new.signedID, new.rememberedSince]) != nil
        if isKnownID, let duplicate = try duplicate(of: new) { return duplicate }
        if new.onlyIfKnown { return .unknown }
        try insert.execute(
            arguments: [
                new.id.text, new.sender, new.receivedAt, new.signedID, new.bodyDigest, new.secretName, new.state,
                new.reason,
            ]
        )
        try insertContents.execute(arguments: [database.lastInsertedRowID, new.headers, new.body])
        return .accepted(new.id, reusedID: isKnownID && !new.signedID.isEmpty)
    }

    private func duplicate(of new: PreparedDelivery) throws -> AppendOutcome? {
        let first = try Row.fetchOne(
            known,
            arguments: [new.sender, new.signedID, new.bodyDigest, new.rememberedSince]
        )
        guard let first else { return nil }
        let id: String = first[0]
        let firstReceivedAt: Int64 = first[1]
        if new.signedID.isEmpty, new.receivedAt - firstReceivedAt > Self.repetitionAge {
            try noteRepetition.execute(arguments: [id, new.receivedAt])
        }
        return .duplicate(of: DeliveryID(id))
    }
}

extension ReplayKey {
    /// The signed id as it is kept: empty stands for none, because a signed id is never empty.
    var storedID: Data { Data((signedID ?? "").utf8) }
}
