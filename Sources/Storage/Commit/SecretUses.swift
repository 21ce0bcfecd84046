/// Which secrets verified the deliveries of one batch, and when each did last.
struct SecretUses {
    private struct Secret: Hashable {
        let sender: String
        /// Empty where no secret verified.
        let name: String
    }

    /// In milliseconds since 1970.
    private var last: [Secret: Int64] = [:]

    mutating func note(_ delivery: PreparedDelivery) {
        let secret = Secret(sender: delivery.sender, name: delivery.secretName ?? "")
        last[secret] = max(last[secret] ?? delivery.receivedAt, delivery.receivedAt)
    }

    /// Writes them: one statement for each secret.
    func save(in database: any SQLDatabase) throws {
        for (secret, at) in last {
            try database.execute(
                """
                INSERT INTO secret_uses (sender, secret_name, used_at) VALUES (?, ?, ?)
                ON CONFLICT (sender, secret_name) DO UPDATE SET used_at = excluded.used_at
                    WHERE secret_uses.used_at < excluded.used_at
                """,
                [secret.sender, secret.name, at]
            )
        }
    }
}
