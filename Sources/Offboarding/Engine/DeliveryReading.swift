import Foundation
import Logging

/// Turns stored deliveries into cases. Nothing here calls out.
struct DeliveryReading: Sendable {
    let parts: EngineParts

    /// Reads deliveries and records what they say, all in one transaction.
    func interpret(_ deliveries: [Delivery]) async throws {
        let read = deliveries.map { ($0, parts.interpreter.interpret($0)) }
        let now = parts.time.now()
        let logger = parts.logger
        try await parts.store.write { session in
            let ledger = CaseLedger(session: session, now: now)
            for (delivery, interpretation) in read {
                let isTest = try session.isAnnouncedTest(sender: delivery.sender, key: delivery.replayKey)
                for departure in interpretation.departures {
                    try ledger.record(
                        departure,
                        sender: delivery.sender,
                        delivery: delivery.id,
                        receivedAt: delivery.receivedAt,
                        restraint: isTest ? .test : nil
                    )
                }
                let (state, reason) = Self.state(of: interpretation)
                try session.settle(delivery.id, as: state, reason: reason)
            }
        }
        for (delivery, interpretation) in read where !interpretation.unresolved.isEmpty {
            logger.warning(
                "delivery unresolved",
                metadata: [
                    "delivery": "\(delivery.id)", "sender": "\(delivery.sender)",
                    "reason": "\(interpretation.unresolved.joined(separator: "; "))",
                ]
            )
        }
    }

    /// Opens cases for deliveries that came again after more than a day without a signed id (rule 14): held if the
    /// person is a member again.
    ///
    /// - Returns: how many there were.
    func interpretRepeated(limit: Int) async throws -> Int {
        let now = parts.time.now()
        let interpreter = parts.interpreter
        return try await parts.store.write { session in
            let repeated = try session.takeRepeatedDeliveries(limit: limit)
            let ledger = CaseLedger(session: session, now: now)
            for delivery in repeated {
                for departure in interpreter.interpret(delivery).departures where departure.kind == .departed {
                    guard try session.openCases(sharing: departure.emails).isEmpty else { continue }
                    try ledger.record(
                        departure,
                        sender: delivery.sender,
                        delivery: delivery.id,
                        receivedAt: now,
                        restraint: .repeated
                    )
                }
            }
            return repeated.count
        }
    }

    private static func state(of interpretation: Interpretation) -> (Delivery.State, String?) {
        if !interpretation.unresolved.isEmpty {
            return (.unresolved, interpretation.unresolved.joined(separator: "; "))
        }
        if interpretation.departures.isEmpty {
            return (.ignored, interpretation.ignored ?? "it is about nobody's departure")
        }
        return (.interpreted, nil)
    }
}
