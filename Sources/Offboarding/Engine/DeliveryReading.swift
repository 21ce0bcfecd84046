import Foundation
import Logging

/// Turns what deliveries say into cases. Nothing here calls out.
struct DeliveryReading: Sendable {
    let parts: EngineParts
    /// Where the deliveries were read; a crash while one is recorded is blamed on it, too.
    var place = ReadingPlace.queue

    /// Records what deliveries say, all in one transaction.
    func record(_ read: [(Delivery, Interpretation)]) async throws {
        let now = parts.time.now()
        let policy = parts.policy
        let opened = try await parts.store.write { [mark = parts.mark, place] session in
            defer { mark.set(nil, in: place) }
            let ledger = CaseLedger(session: session, now: now, policy: policy)
            // Another daemon may have been quicker.
            let unread = try session.unread(among: read.map(\.0.id))
            var opened: [[CaseID]?] = []
            for (delivery, interpretation) in read {
                opened.append(unread.contains(delivery.id) ? [] : nil)
                guard unread.contains(delivery.id) else { continue }
                mark.set(delivery.id, in: place)
                if place == .suspects { try session.forgetFailedReadings(of: delivery.id) }
                let isTest = try session.isAnnouncedTest(sender: delivery.sender, key: delivery.replayKey)
                if let request = interpretation.chat {
                    try ChatDesk(session: session, now: now, policy: policy)
                        .serve(request, of: delivery, isTest: isTest)
                    continue
                }
                for departure in interpretation.departures {
                    opened[opened.endIndex - 1]? += try ledger.record(
                        departure,
                        sender: delivery.sender,
                        delivery: delivery.id,
                        receivedAt: delivery.receivedAt,
                        restraint: isTest ? .test : nil
                    )
                }
                try Self.settle(delivery, interpretation, isTest: isTest, now: now, in: session)
            }
            return opened
        }
        for ((delivery, interpretation), cases) in zip(read, opened) {
            if let cases { log(delivery, interpretation, cases) }
        }
    }

    /// One line for each delivery that is about somebody, so that its trace and its cases stand together.
    private func log(_ delivery: Delivery, _ interpretation: Interpretation, _ cases: [CaseID]) {
        let isUnresolved = !interpretation.unresolved.isEmpty
        let level: Logger.Level = isUnresolved ? .warning : cases.isEmpty ? .debug : .info
        guard level >= parts.logger.logLevel else { return }
        var metadata: Logger.Metadata = ["delivery": "\(delivery.id)", "sender": "\(delivery.sender)"]
        if !cases.isEmpty { metadata["case"] = "\(cases.map(\.text).joined(separator: ","))" }
        if let trace = delivery.trace { metadata["trace"] = "\(trace)" }
        if isUnresolved { metadata["reason"] = "\(interpretation.unresolved.joined(separator: "; "))" }
        parts.logger.log(level: level, isUnresolved ? "delivery unresolved" : "delivery read", metadata: metadata)
    }

    /// Opens cases for deliveries that came again after more than a day without a signed id (rule 14): held if the
    /// person is a member again.
    func recordRepeated(_ read: [(Delivery, Interpretation)]) async throws {
        let now = parts.time.now()
        let policy = parts.policy
        try await parts.store.write { [mark = parts.mark, place] session in
            defer { mark.set(nil, in: place) }
            let ledger = CaseLedger(session: session, now: now, policy: policy)
            for (delivery, interpretation) in read {
                mark.set(delivery.id, in: place)
                if place == .suspects { try session.forgetFailedReadings(of: delivery.id) }
                guard try session.takeRepetition(of: delivery.id) else { continue }
                for departure in interpretation.departures where departure.kind == .departed {
                    guard try session.openCases(sharing: departure.emails).isEmpty else { continue }
                    try ledger.record(
                        departure,
                        sender: delivery.sender,
                        delivery: delivery.id,
                        receivedAt: now,
                        restraint: .repeated
                    )
                }
                // The first one's lookups may still be awaited; then they speak for this one too.
                let lookups = interpretation.lookups.filter { $0.departure.kind == .departed }
                guard !lookups.isEmpty, try session.countParts(of: delivery.id)[.waiting] == nil else { continue }
                try Self.keep(lookups, of: delivery, receivedAt: now, .repeated, now: now, in: session)
                try DeliverySettlement(session: session, now: now).settle(delivery.id, sender: delivery.sender)
            }
        }
    }

    /// Says what became of a delivery, and keeps the parts of it that are not settled.
    private static func settle(
        _ delivery: Delivery,
        _ interpretation: Interpretation,
        isTest: Bool,
        now: Date,
        in session: any StoreSession
    ) throws {
        let restraint: Restraint? = isTest ? .test : nil
        for unresolved in interpretation.unresolvedParts {
            try session.insert(
                DeliveryPart(
                    delivery: delivery.id,
                    sender: delivery.sender,
                    receivedAt: delivery.receivedAt,
                    restraint: restraint,
                    departure: unresolved.departure,
                    state: .failed,
                    reason: unresolved.reason
                )
            )
        }
        let receivedAt = delivery.receivedAt
        try keep(interpretation.lookups, of: delivery, receivedAt: receivedAt, restraint, now: now, in: session)
        if interpretation.unresolvedParts.isEmpty, interpretation.lookups.isEmpty {
            let isIgnored = interpretation.departures.isEmpty
            try session.settle(
                delivery.id,
                as: isIgnored ? .ignored : .interpreted,
                reason: isIgnored ? interpretation.ignored ?? "it is about nobody's departure" : nil
            )
        } else {
            try DeliverySettlement(session: session, now: now).settle(delivery.id, sender: delivery.sender)
        }
    }

    private static func keep(
        _ lookups: [Lookup],
        of delivery: Delivery,
        receivedAt: Date,
        _ restraint: Restraint?,
        now: Date,
        in session: any StoreSession
    ) throws {
        for lookup in lookups {
            try session.insert(
                DeliveryPart(
                    delivery: delivery.id,
                    sender: delivery.sender,
                    receivedAt: receivedAt,
                    restraint: restraint,
                    lookupID: lookup.id,
                    departure: lookup.departure,
                    state: .waiting,
                    dueAt: now
                )
            )
        }
    }
}
