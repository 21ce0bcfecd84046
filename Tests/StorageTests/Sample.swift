import Foundation
import Offboarding

/// Made-up people, deliveries and cases.
enum Sample {
    static let start = Date(timeIntervalSince1970: 1_795_000_000)
    static let day: TimeInterval = 86_400

    /// So many milliseconds after ``start``, as a clock in whole milliseconds says it.
    static func after(milliseconds: Int) -> Date {
        Date(timeIntervalSince1970: Double(1_795_000_000_000 + milliseconds) / 1000)
    }

    static func email(_ name: String) throws -> EmailAddress { try EmailAddress("\(name)@example.com") }

    static func delivery(
        _ id: String,
        at: Date = start,
        sender: String = "hr",
        signedID: String? = nil,
        body: String = "body",
        secret: String? = "2026-11",
        state: Delivery.State = .accepted
    ) -> Delivery {
        Delivery(
            id: DeliveryID(id),
            sender: sender,
            receivedAt: at,
            headers: [
                Delivery.Header(name: "content-type", value: "application/json"),
                Delivery.Header(name: "x-odd", value: "a \"quoted\" \\ value,\tand é 🙂"),
            ],
            body: Array(body.utf8),
            replayKey: ReplayKey(signedID: signedID, bodyDigest: digest(body)),
            secretName: secret,
            state: state
        )
    }

    /// 32 bytes that differ where the bodies of these tests do.
    static func digest(_ body: String) -> [UInt8] {
        var state: UInt64 = 0xcbf2_9ce4_8422_2325
        var bytes: [UInt8] = []
        for round in 0..<UInt8(32) {
            for byte in Array(body.utf8) + [round] { state = (state ^ UInt64(byte)) &* 0x100_0000_01b3 }
            bytes.append(UInt8(truncatingIfNeeded: state >> 32))
        }
        return bytes
    }

    static func incoming(
        _ delivery: Delivery,
        since: Date = .distantPast,
        onlyIfKnown: Bool = false
    ) -> IncomingDelivery {
        IncomingDelivery(delivery: delivery, rememberedSince: since, onlyIfKnown: onlyIfKnown)
    }

    static func `case`(
        _ id: String,
        _ name: String,
        aliases: [String] = [],
        state: CaseState = .queued,
        sender: String = "hr",
        effectiveAt: Date? = nil,
        dueAt: Date? = start
    ) throws -> Case {
        Case(
            id: CaseID(id),
            email: try email(name),
            aliases: try aliases.map(email),
            state: state,
            sender: sender,
            receivedAt: start,
            occurredAt: start,
            effectiveAt: effectiveAt,
            dueAt: dueAt
        )
    }

    static func removal(
        _ organization: String,
        _ user: String,
        key: String = "production",
        attempts: Int = 0,
        plannedAt: Date? = start
    ) -> Removal {
        var removal = Removal(
            key: key,
            membership: Membership(organization: OrganizationID(organization), user: UserID(user)),
            organizationName: "Organization \(organization)"
        )
        removal.attempts = attempts
        removal.plannedAt = plannedAt
        return removal
    }

    static func part(
        _ delivery: DeliveryID,
        sender: String = "hr",
        lookupID: String? = "E-1",
        state: DeliveryPart.State,
        dueAt: Date? = nil
    ) -> DeliveryPart {
        DeliveryPart(
            delivery: delivery,
            sender: sender,
            receivedAt: start,
            restraint: .repeated,
            lookupID: lookupID,
            departure: UnnamedDeparture(kind: .departed, effectiveAt: start + day, occurredAt: start),
            state: state,
            reason: "a reason",
            troubles: 2,
            troubleSince: start,
            dueAt: dueAt
        )
    }

    static func notice(_ kind: Notice.Kind, at: Date = start) -> Notice {
        Notice(kind: kind, at: at, sender: "hr", caseID: CaseID("c_1"), receivedAt: start, reason: "a reason")
    }

    static func message(_ id: String, _ notices: [Notice], target: String = "ops", dueAt: Date = start) -> NoticeMessage
    {
        NoticeMessage(
            id: NoticeMessageID(id),
            target: target,
            kind: .held,
            notices: notices,
            count: 7,
            madeAt: start,
            troubles: 1,
            dueAt: dueAt
        )
    }
}
