public import Foundation

extension AuditEvent {
    /// What became of a delivery.
    public static func settled(
        _ id: DeliveryID,
        sender: String,
        as state: Delivery.State,
        reason: String?,
        by actor: AuditActor,
        at now: Date
    ) -> AuditEvent {
        let kind: Kind =
            switch state {
            case .accepted: .deliveryAwaited
            case .interpreted: .deliveryInterpreted
            case .ignored: .deliveryIgnored
            case .unresolved: .deliveryUnresolved
            case .quarantined: .deliveryQuarantined
            }
        return AuditEvent(
            kind,
            at: now,
            actor: actor,
            delivery: id,
            facts: ["sender": fact(sender), "reason": fact(reason)]
        )
    }

    /// A quarantined delivery is read again.
    public static func putBack(_ id: DeliveryID, by actor: AuditActor, at now: Date) -> AuditEvent {
        AuditEvent(.deliveryPutBack, at: now, actor: actor, delivery: id)
    }

    /// A backup took the store's place.
    ///
    /// - Parameters:
    ///   - takenAt: when the backup was made; `nil` where that is not known.
    ///   - held: how many cases were open in it.
    public static func restored(takenAt: Date?, held: Int, by actor: AuditActor, at now: Date) -> AuditEvent {
        AuditEvent(
            .storeRestored,
            at: now,
            actor: actor,
            facts: ["taken_at": fact(takenAt), "held": .number(Int64(held))]
        )
    }

    /// The end of the store's log was damaged.
    public static func lost(_ loss: StoreLoss, at now: Date) -> AuditEvent {
        AuditEvent(
            .storeLoss,
            at: now,
            actor: .engine,
            facts: [
                "found_at": fact(loss.foundAt), "pages": .number(Int64(loss.pages)),
                "deliveries": .number(Int64(loss.deliveries)),
            ]
        )
    }

    /// Limits were raised for a while.
    public static func raised(_ override: LimitOverride, at now: Date) -> AuditEvent {
        AuditEvent(
            .limitsRaised,
            at: now,
            actor: .person(override.by),
            facts: [
                "override": .text(override.id.text),
                "people": .number(Int64(override.people)),
                "sender": fact(override.sender),
                "reason": fact(override.reason),
                "from": fact(override.from),
                "until": fact(override.until),
            ]
        )
    }

    /// An override was ended before its time; `nil` where it goes on.
    public static func ended(_ override: LimitOverride, at now: Date) -> AuditEvent? {
        guard override.endedAt != nil else { return nil }
        return AuditEvent(
            .limitsEnded,
            at: now,
            actor: override.endedBy.map(AuditActor.person) ?? .engine,
            facts: ["override": .text(override.id.text), "ended_at": fact(override.endedAt)]
        )
    }

    /// Everything that was kept of a person is erased, their salts among it.
    static func erased(_ file: PersonFile, by actor: AuditActor, at now: Date) -> AuditEvent {
        AuditEvent(
            .personErased,
            at: now,
            actor: actor,
            people: file.emails,
            facts: [
                "cases": .list(file.cases.map { .text($0.id.text) }),
                "deliveries": .number(Int64(file.deliveries.count)),
            ]
        )
    }

    /// Requests to a sender's path were refused: this one, and as many as were not yet told of.
    ///
    /// - Parameters:
    ///   - cause: a word from a fixed list, nothing that a request brought.
    ///   - count: how many, this one included.
    public static func refused(sender: String, cause: String, count: Int, at now: Date) -> AuditEvent {
        AuditEvent(
            .webhooksRefused,
            at: now,
            actor: .engine,
            facts: ["sender": fact(sender), "cause": fact(cause), "count": .number(Int64(count))]
        )
    }

    /// What a process goes by.
    ///
    /// - Parameters:
    ///   - digest: lower-case hex SHA-256 of the configuration file, which holds no secrets.
    ///   - process: `serve`, or `command`.
    public static func loaded(
        digest: String,
        mode: Policy.Mode,
        process: String,
        key: String?,
        by actor: AuditActor,
        at now: Date
    ) -> AuditEvent {
        AuditEvent(
            .configurationLoaded,
            at: now,
            actor: actor,
            facts: [
                "digest": .text(digest),
                "mode": .text(mode.rawValue),
                "process": .text(process),
                "audit_key": key.map { .text($0) },
            ]
        )
    }
}

extension AuditDraft {
    /// A verified request was stored: what ``AuditEvent/Kind/deliveryAccepted`` says, written without the detour, because
    /// it is written for every delivery.
    ///
    /// - Parameter contents: the commitment to the body's digest under the delivery's own salt. The digest alone would tell
    ///   whoever guesses a body that they are right.
    public static func accepted(_ delivery: Delivery, contents: [UInt8]) -> AuditDraft {
        var json = CanonicalJSON()
        json.raw("{\"actor\":")
        json.write("sender:" + AuditText.safe(delivery.sender))
        json.raw(",\"at\":")
        json.write(AuditText.time(milliseconds: delivery.receivedAt.inMilliseconds))
        json.raw(",\"delivery\":")
        json.write(delivery.id.text)
        json.raw(",\"facts\":{\"contents\":")
        json.writeHex(contents)
        if let secret = delivery.secretName {
            json.raw(",\"secret\":")
            json.write(AuditText.safe(secret))
        }
        json.raw("},\"kind\":\"delivery.accepted\"")
        return AuditDraft(beginning: json.bytes, end: Array("}".utf8))
    }
}
