import Foundation

/// What persons ask of deliveries.
public struct DeliveryDesk: Sendable {
    private let store: any Store
    private let time: any TimeSource
    private let policy: Policy

    public init(store: any Store, time: any TimeSource, policy: Policy) {
        self.store = store
        self.time = time
        self.policy = policy
    }

    /// What became of a resolved delivery.
    public struct Resolution: Sendable, Equatable {
        /// The cases that it went to; empty where a person who is back concerns none of ours.
        public let cases: [CaseID]
        /// Why the part that was resolved had been unresolved.
        public let reason: String?
        public let state: Delivery.State
        /// Why the delivery is still unresolved, where it is.
        public let remaining: String?
    }

    /// The part that ``resolve(_:_:by:)`` would settle.
    ///
    /// - Throws: ``DeliveryDeskError``; ``StoreError``.
    public func part(of id: DeliveryID) async throws -> DeliveryPart {
        try await store.read { try Self.part(of: id, in: $0) }
    }

    /// Says who is meant by an unresolved or quarantined delivery: goes on as if the delivery had named the email, at the
    /// delivery's time and with what else it says.
    ///
    /// Settles one part of the delivery: one that failed before one that is still asked for, the oldest first. A delivery
    /// about several people stays unresolved until each of them is named. Of one that is quarantined nobody knows how many
    /// it is about; it is settled by the first.
    ///
    /// - Parameter person: who says so: the operating system's user or a console token's name.
    /// - Throws: ``DeliveryDeskError``; ``StoreError``.
    public func resolve(_ id: DeliveryID, _ email: EmailAddress, by person: String) async throws -> Resolution {
        let now = time.now()
        let policy = policy
        return try await store.write { session in
            let part = try Self.part(of: id, in: session)
            let (cases, state, reason) = try session.acting(as: .person(person)) {
                let cases = try LookupWorker.record(
                    email,
                    for: part,
                    now: now,
                    policy: policy,
                    in: session,
                    askedBy: person
                )
                try session.removePart(part.sequence)
                let (state, reason) = try DeliverySettlement(session: session, now: now)
                    .settle(id, sender: part.sender, note: "resolved by \(person)")
                return (cases, state, reason)
            }
            return Resolution(
                cases: cases,
                reason: part.reason,
                state: state,
                remaining: state == .unresolved ? reason : nil
            )
        }
    }

    /// Has a quarantined delivery read again, such as by a newer version.
    ///
    /// - Parameter person: who says so: the operating system's user or a console token's name.
    /// - Throws: ``DeliveryDeskError``; ``StoreError``.
    public func retry(_ id: DeliveryID, by person: String) async throws {
        let now = time.now()
        try await store.write { session in
            guard let state = try session.delivery(id)?.state else { throw DeliveryDeskError.unknownDelivery(id) }
            guard state == .quarantined else { throw DeliveryDeskError.notQuarantined(id, state) }
            try session.acting(as: .person(person)) { try Quarantine(session: session, now: now).putBack(id) }
        }
    }

    private static func part(of id: DeliveryID, in session: any StoreReadings) throws -> DeliveryPart {
        guard let delivery = try session.delivery(id) else { throw DeliveryDeskError.unknownDelivery(id) }
        guard delivery.state == .unresolved || delivery.state == .quarantined else {
            throw DeliveryDeskError.notUnresolved(id, delivery.state)
        }
        for state in [DeliveryPart.State.failed, .overdue] {
            if let part = try session.parts(of: id, in: [state], limit: 1).first { return part }
        }
        // One that was never read, or read by a version that kept no parts.
        return DeliveryPart(
            delivery: id,
            sender: delivery.sender,
            receivedAt: delivery.receivedAt,
            state: .failed,
            reason: delivery.reason
        )
    }
}

/// Why a delivery cannot be resolved or tried again.
public enum DeliveryDeskError: Error, Sendable, Equatable, CustomStringConvertible {
    case unknownDelivery(DeliveryID)
    case notUnresolved(DeliveryID, Delivery.State)
    case notQuarantined(DeliveryID, Delivery.State)

    public var description: String {
        switch self {
        case .unknownDelivery(let id): "there is no delivery \(id)"
        case .notUnresolved(let id, .accepted):
            "delivery \(id) is accepted: it is still being read or looked up, so there is nothing to resolve yet"
        case .notUnresolved(let id, let state): "delivery \(id) is \(state.rawValue), not unresolved"
        case .notQuarantined(let id, let state): "delivery \(id) is \(state.rawValue), not quarantined"
        }
    }
}
