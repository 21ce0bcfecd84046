import Foundation
import GRDB
import Offboarding
import Synchronization
import Testing

@testable import Storage

@Suite("Query plans")
struct QueryPlanTests {
    @Test("no statement of the store scans a table that grows")
    func noScans() async throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore.open(path: folder.file("offboard.sqlite"), role: .daemon)
        let statements = Mutex<Set<String>>([])
        try store.onWriter { database in
            database.trace { event in
                guard case .statement(let statement) = event else { return }
                _ = statements.withLock { $0.insert(statement.sql) }
            }
        }
        try await exercise(store)
        let seen = statements.withLock {
            $0.filter {
                $0.hasPrefix("SELECT") || $0.hasPrefix("UPDATE")
                    || $0.hasPrefix("INSERT") || $0.hasPrefix("DELETE")
            }
        }
        #expect(seen.count > 35)
        // What may be walked from one end: a handful of rows, indexes of what waits only, and lists that start at the
        // newest and end at their limit.
        let allowed = [
            "heartbeats", "announced_tests", "deliveries_accepted", "repeated_deliveries_waiting",
            "deliveries USING INDEX sqlite_autoindex_deliveries_1", "cases USING INDEX sqlite_autoindex_cases_1",
            // What was ever lost: one row for each damage.
            "SCAN losses",
            // Deliveries whose reading failed and that wait for another: nearly always none.
            "SCAN f",
            // Those who are looked for, all at once.
            "watches USING INDEX watches_due",
            // What waits to be sent or asked for.
            "open_parts USING INDEX open_parts_due", "open_parts USING COVERING INDEX open_parts_due",
            "notice_messages", "chat_messages",
            // The due cases, found by their indexes.
            "SCAN waiting", "SCAN left_behind",
        ]
        var scans: Set<String> = []
        try store.onWriter { database in
            database.trace(nil)
            for sql in seen {
                let statement = try database.makeStatement(sql: "EXPLAIN QUERY PLAN " + sql)
                statement.setUncheckedArguments([])
                for row in try Row.fetchAll(statement) {
                    let detail: String = row["detail"]
                    if detail.hasPrefix("SCAN") { scans.insert(detail) }
                }
            }
        }
        #expect(!scans.isEmpty)
        #expect(scans.filter { scan in !allowed.contains { scan.contains($0) } } == [])
        try await store.close()
    }

    /// Calls everything a session can do, on the writing connection.
    private func exercise(_ store: SQLiteStore) async throws {
        try await store.append(Sample.delivery("d_1", signedID: "evt_1"))
        try await store.append(Sample.delivery("d_2"))
        try await store.append(Sample.delivery("d_3", at: Sample.start + 2 * Sample.day))
        let one = try Sample.case("c_1", "avery", aliases: ["ave"])
        let departure = Departure(kind: .departed, email: try Sample.email("avery"))
        let key = ReplayKey(signedID: nil, bodyDigest: Sample.digest("x"))
        let email = try Sample.email("avery")
        try await store.write { session in
            _ = try session.delivery(DeliveryID("d_1"))
            _ = try session.deliveries(limit: 1, after: nil)
            _ = try session.deliveries(limit: 1, after: DeliveryID("d_2"))
            _ = try session.acceptedDeliveries(limit: 1)
            _ = try session.unreadDeliveries(limit: 1)
            _ = try session.losses(since: Sample.start)
            _ = try session.takeUntoldLosses()
            _ = try session.repeatedDeliveries(limit: 1)
            _ = try session.noteFailedReading(of: DeliveryID("d_1"), at: Sample.start)
            _ = try session.suspects(limit: 1)
            try session.forgetFailedReadings(of: DeliveryID("d_1"))
            _ = try session.takeRepetition(of: DeliveryID("d_1"))
            try session.putBack(DeliveryID("d_1"))
            try session.settle(DeliveryID("d_1"), as: .interpreted, reason: nil)
            try session.insert(one)
            try session.update(one)
            for filter in [
                CaseFilter(limit: 1), CaseFilter(after: one.id), CaseFilter(email: email),
                CaseFilter(email: email, states: [.queued], result: .removed, after: one.id),
                CaseFilter(states: [.queued, .held]), CaseFilter(states: [.queued], after: one.id),
                CaseFilter(states: [.completed], result: .dryRun), CaseFilter(result: .dryRun, after: one.id),
            ] { _ = try session.cases(matching: filter) }
            _ = try session.openCases(sharing: one.emails)
            try session.insert(
                Offboarding.Statement(
                    departure: departure,
                    sender: "hr",
                    delivery: DeliveryID("d_1"),
                    receivedAt: Sample.start,
                    caseID: one.id
                )
            )
            _ = try session.statements(about: one.emails)
            _ = try session.cases(of: DeliveryID("d_1"))
            try session.replaceRemovals(of: one.id, with: [Sample.removal("o_1", "u_1")])
            _ = try session.removals(of: one.id)
            let (start, other) = (Sample.start, CaseID("c_9"))
            _ = try session.plannedUsers(since: start, sender: "hr", countingDryRuns: true, excluding: other)
            _ = try session.figures(at: start, shadows: [])
            _ = try session.figures(at: start, shadows: ["hr", "automation"])
            _ = try session.untoldCases(unrevokedSince: start, now: start, shadows: ["hr"], limit: 1)
            _ = try session.cases(finishedFrom: start, to: start + 1)
            _ = try session.trace(of: DeliveryID("d_1"))
            _ = try session.trace(of: one.id)
            _ = try session.plannedUsersByOrganization(since: start, countingDryRuns: true, excluding: other)
            _ = try session.tellers(of: one)
            _ = try session.statements(by: "hr", since: start)
            _ = try session.secretUses(of: "hr")
            _ = try session.oldestDelivery()
            _ = try session.claimDueCases(owner: "me", now: Sample.start, leaseUntil: Sample.start, limit: 1)
            _ = try session.claim(one.id, owner: "me", now: Sample.start + 9, leaseUntil: Sample.start + 10)
            try session.extendLeases(of: [one.id], owner: "me", until: Sample.start)
            _ = try session.releaseLeases(ownedByPrefix: "me", now: Sample.start)
            try session.beat(Heartbeat(worker: "daemon:1", at: Sample.start, listener: nil))
            _ = try session.heartbeats()
            try session.removeHeartbeat(of: "daemon:1")
            try session.announceTest(sender: "hr", key: key, at: Sample.start)
            _ = try session.isAnnouncedTest(sender: "hr", key: key)
        }
        try await exerciseOutbound(store)
    }

    private func exerciseOutbound(_ store: SQLiteStore) async throws {
        let id = DeliveryID("d_1")
        let now = Sample.start
        try await store.write { session in
            try session.insert(Sample.part(id, state: .waiting, dueAt: now))
            let part = try #require(try session.parts(of: id, in: [.waiting, .failed], limit: 1).first)
            _ = try session.part(part.sequence)
            try session.update(part)
            _ = try session.countParts(of: id)
            _ = try session.hasDuePart(of: "hr", now: now)
            _ = try session.takeDueParts(of: "hr", now: now, again: now + 1, limit: 1)
            try session.removePart(part.sequence)
            try session.setNoticeCause("held", of: "case c_1")
            _ = try session.noticeCause(of: "case c_1")
            try session.setNoticeCause(nil, of: "case c_1")
            let notice = Sample.notice(.held)
            try session.insert(notice)
            _ = try session.notices(of: .held, after: 0, limit: 1)
            _ = try session.countNotices(of: .held, after: 0)
            _ = try session.lastNotice(before: now)
            try session.save(NoticeCursor(target: "ops", kind: .held, through: 1, quietUntil: now))
            _ = try session.noticeCursor(of: "ops", .held)
            let message = Sample.message("msg_1", [notice])
            try session.insert(message)
            _ = try session.hasMessage(to: "ops", .held)
            _ = try session.hasDueMessage(to: "ops", now: now)
            _ = try session.takeDueMessage(to: "ops", now: now, again: now + 1)
            try session.update(message)
            try session.removeMessage(message.id)
        }
        try await exerciseSweep(store)
    }

    private func exerciseSweep(_ store: SQLiteStore) async throws {
        let id = CaseID("c_1")
        let emails = [try Sample.email("avery")]
        try await store.write { session in
            try session.save(Watch(caseID: id, since: Sample.start, dueAt: Sample.start))
            _ = try session.watch(of: id)
            _ = try session.watches()
            _ = try session.watches(sharing: emails)
            _ = try session.watch(followedBy: id)
            _ = try session.hasLookDue(after: Sample.start, by: Sample.start)
            try session.replaceInvitations(
                of: id,
                with: [CaseInvitation(key: "a", invitation: nil, seenAt: Sample.start)]
            )
            _ = try session.invitations(of: id)
            try session.save(SweepSchedule(dueAt: Sample.start))
            _ = try session.sweepSchedule()
            let place = CredentialEnding.Place(user: UserID("u_1"), kind: .apiKeys, key: "production")
            try session.save(CredentialEnding(place: place, outcome: .ended, count: 2, detail: "a detail"), of: id)
            #expect(try session.credentialEndings(of: id).map(\.count) == [2])
            let seen = Sample.sighting("o_1", "u_1", emails[0])
            try session.keep([seen], at: Sample.start)
            _ = try session.memberships(seenUnder: emails)
            _ = try session.sightings(in: seen.membership.organization, since: Sample.start)
            let horizon = RetentionHorizon(bodies: Sample.start, cases: Sample.start, deliveries: Sample.start)
            _ = try session.ageOut(horizon, limit: 1)
            _ = try session.deliveries(about: emails)
            _ = try session.sightings(of: emails)
            _ = try session.bringForward(to: Sample.start, dueAfter: Sample.start + 60, scheduledUpTo: Sample.start)
        }
    }
}
