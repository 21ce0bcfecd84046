internal import Foundation
internal import Offboarding

extension SQLSession {
    func secretUses(of sender: String) throws -> [SecretUse] {
        try rows(
            "SELECT secret_name, used_at FROM secret_uses WHERE sender = ? ORDER BY used_at DESC, secret_name",
            [sender]
        ).map { row in
            let name: String = row[0]
            return SecretUse(secret: name.isEmpty ? nil : name, lastUsedAt: Date(milliseconds: row[1]))
        }
    }

    func oldestDelivery() throws -> Date? {
        try row("SELECT received_at FROM deliveries ORDER BY id LIMIT 1", []).map { Date(milliseconds: $0[0]) }
    }
}
