public import Foundation

extension AuditEvent {
    /// A DELETE is about to be sent.
    static func sent(_ removal: Removal, of id: CaseID, at now: Date) -> AuditEvent {
        AuditEvent(
            .removalSent,
            at: now,
            actor: .engine,
            caseID: id,
            facts: place(removal).merging(["attempt": .number(Int64(removal.attempts))]) { $1 }
        )
    }

    /// A DELETE was answered, or failed.
    static func answered(_ removal: Removal, of id: CaseID, at now: Date) -> AuditEvent {
        AuditEvent(
            .removalAnswered,
            at: now,
            actor: .engine,
            caseID: id,
            facts: place(removal).merging([
                "attempt": .number(Int64(removal.attempts)),
                "http_status": removal.httpStatus.map { .number(Int64($0)) },
                "detail": fact(removal.detail),
            ]) { $1 }
        )
    }

    /// What a removal comes to has changed; `nil` where it has not, or where it was only planned.
    public static func outcome(
        of after: Removal,
        before: Removal?,
        case id: CaseID,
        by actor: AuditActor,
        at now: Date
    ) -> AuditEvent? {
        guard after.outcome != before?.outcome ?? .retrying else { return nil }
        return AuditEvent(
            .removalOutcome,
            at: now,
            actor: actor,
            caseID: id,
            facts: place(after).merging([
                "outcome": .text(after.outcome.rawValue),
                "http_status": after.httpStatus.map { .number(Int64($0)) },
                "detail": fact(after.detail),
            ]) { $1 }
        )
    }

    private static func place(_ removal: Removal) -> [String: AuditValue?] {
        [
            "key": fact(removal.key),
            "organization": removal.organizationID.map { .text($0.text) },
            "user": removal.userID.map { .text($0.text) },
        ]
    }

    /// What became of a user's credentials of one kind; `nil` where they are only about to be ended.
    public static func ended(
        _ after: CredentialEnding,
        before: CredentialEnding?,
        case id: CaseID,
        at now: Date
    ) -> AuditEvent? {
        guard after != before, after.outcome != .retrying || after.count > before?.count ?? 0 else { return nil }
        return AuditEvent(
            .credentialsOutcome,
            at: now,
            actor: .engine,
            caseID: id,
            facts: [
                "user": .text(after.place.user.text),
                "type": .text(after.place.kind.rawValue),
                "key": fact(after.place.key),
                "outcome": .text(after.outcome.rawValue),
                "count": .number(Int64(after.count)),
                "http_status": after.httpStatus.map { .number(Int64($0)) },
                "detail": fact(after.detail),
            ]
        )
    }

    /// What the lists showed on which a case was completed: each key's, when it was read and how many people it shows.
    ///
    /// - Parameter instant: the same moment as `now`, on the clock by which readings are ordered.
    static func proven(
        _ done: Case,
        by reading: DirectoryReading,
        at now: Date,
        instant: ContinuousClock.Instant
    ) -> AuditEvent {
        let lists = reading.keys.map { key in
            AuditValue.object(
                [
                    "key": fact(key.key.name),
                    "read_at": fact(now.addingTimeInterval(-((instant - key.began) / .seconds(1)))),
                    "users": .number(Int64(key.users.rows.count)),
                    "proven": .boolean(key.failure == nil && key.users.isProven && key.organizations.isProven),
                    "organizations": .list(key.covered.map { .text($0.id.text) }),
                ].compactMapValues { $0 }
            )
        }
        return AuditEvent(.caseProven, at: now, actor: .engine, caseID: done.id, facts: ["lists": .list(lists)])
    }

    /// Somebody who was offboarded is back, or no longer; `nil` where that has not changed.
    public static func watched(_ after: Watch, before: Watch?, by actor: AuditActor, at now: Date) -> AuditEvent? {
        let was = before?.back ?? []
        guard after.back != was else { return nil }
        return AuditEvent(
            after.back.isEmpty ? .sweepOver : .sweepBack,
            at: now,
            actor: actor,
            caseID: after.caseID,
            facts: [
                "back": .list(
                    after.back.map { .list([.text($0.organizationID.text), .text($0.userID.text)]) }
                ),
                "reason": fact(after.endedBecause),
            ]
        )
    }
}
