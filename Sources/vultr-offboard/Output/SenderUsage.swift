import Foundation
import Offboarding
import Senders
import Storage

/// When senders and their secrets were last used, as far as the store remembers, and what it has lost.
struct SenderUsage: Sendable {
    /// The oldest delivery that is kept: of what was before it nothing is known. `nil` where there is none.
    let since: Date?
    /// By the sender's name, the latest first.
    let uses: [String: [SecretUse]]
    let now: Date
    /// What was found missing lately, oldest first.
    var losses: [StoreLoss] = []

    /// For how long a loss is shown, in seconds.
    private static let memoryOfLosses: TimeInterval = 30 * 86_400
    /// How long an old secret must have been silent before it can go, in seconds: longer than senders go on repeating a
    /// delivery that failed, which is six days at most.
    static let silence: TimeInterval = 7 * 86_400

    /// Reads the store, where there is one. Makes none.
    ///
    /// - Throws: `StoreError`.
    static func read(of configuration: Configuration, at now: Date) async throws -> SenderUsage? {
        guard let store = try configuration.openStoreIfThere() else { return nil }
        let names = configuration.senders.map(\.sender.name)
        let usage: SenderUsage
        do {
            usage = try await store.read { session in
                SenderUsage(
                    since: try session.oldestDelivery(),
                    uses: Dictionary(
                        uniqueKeysWithValues: try names.map { ($0, try session.secretUses(of: $0)) }
                    ),
                    now: now,
                    losses: try session.losses(since: now.addingTimeInterval(-memoryOfLosses))
                )
            }
        } catch {
            try await store.close()
            throw error
        }
        try await store.close()
        return usage
    }

    /// When the sender's last new delivery came.
    func lastDelivery(of sender: String) -> Date? { uses[sender]?.map(\.lastUsedAt).max() }

    func lastUse(of secret: String, by sender: String) -> Date? {
        uses[sender]?.first { $0.secret == secret }?.lastUsedAt
    }

    /// What an operator who changes a sender's secrets should know.
    func advice(on sender: String, secrets: [String]) -> [String] {
        guard secrets.count > 1, let since else { return [] }
        var advice: [String] = []
        for secret in secrets {
            let others = secrets.filter { $0 != secret }
            guard let lastUse = lastUse(of: secret, by: sender) else {
                if now.timeIntervalSince(since) >= Self.silence,
                    others.contains(where: { self.lastUse(of: $0, by: sender) != nil })
                {
                    advice.append(
                        "secret \(secret) of sender \(sender) verified nothing in the \(Self.days(from: since, to: now)) "
                            + "that deliveries go back"
                    )
                }
                continue
            }
            let later = others.compactMap { other -> (name: String, date: Date)? in
                self.lastUse(of: other, by: sender).map { (other, $0) }
            }.filter { $0.date > lastUse }
            guard now.timeIntervalSince(lastUse) >= Self.silence, let newest = later.max(by: { $0.date < $1.date })
            else { continue }
            advice.append(
                "secret \(secret) of sender \(sender) was last used \(Self.days(from: lastUse, to: now)) ago; "
                    + "\(newest.name) since: it can go"
            )
        }
        if secrets.contains(where: { $0.hasPrefix("#") }) {
            advice.append(
                "secrets of sender \(sender) without a name are told by their position, which changes when one is taken "
                    + "out: name them"
            )
        }
        return advice
    }

    static func days(from earlier: Date, to later: Date) -> String {
        let days = Int(later.timeIntervalSince(earlier) / 86_400)
        return days == 1 ? "1 day" : "\(days) days"
    }
}
