internal import Foundation
internal import Offboarding

extension SQLSession {
    /// Goes from name to name by the index: a sender has a handful of secrets and perhaps millions of deliveries.
    func secretUses(of sender: String) throws -> [SecretUse] {
        var names: [String?] = [nil]
        var last = ""
        while let next = try row(
            """
            SELECT secret_name FROM deliveries \(indexed(by: "deliveries_secret"))
            WHERE sender = ? AND secret_name > ? ORDER BY secret_name LIMIT 1
            """,
            [sender, last]
        ) {
            last = next[0]
            names.append(last)
        }
        return try names.compactMap { name -> SecretUse? in
            try row(
                """
                SELECT received_at FROM deliveries \(indexed(by: "deliveries_secret"))
                WHERE sender = ? AND secret_name \(name == nil ? "IS NULL" : "= ?") ORDER BY sequence DESC LIMIT 1
                """,
                [sender] + (name.map { [$0] } ?? [])
            ).map { SecretUse(secret: name, lastUsedAt: Date(milliseconds: $0[0])) }
        }.sorted { $0.lastUsedAt > $1.lastUsedAt }
    }

    func oldestDelivery() throws -> Date? {
        try row("SELECT received_at FROM deliveries ORDER BY id LIMIT 1", []).map { Date(milliseconds: $0[0]) }
    }
}
