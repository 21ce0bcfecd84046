import Foundation
import Storage
import Synchronization
import Testing

@testable import Offboarding

@Suite("Invitations of people who left")
struct InvitationTests {
    private func invitation(
        _ id: String,
        _ email: String = Samples.avery,
        status: String? = "Pending"
    ) throws -> Invitation {
        Invitation(
            id: InvitationID(id),
            addresses: [try EmailAddress(email)],
            organizationID: OrganizationID("o1"),
            organizationName: "Organization o1",
            status: status,
            expiresAt: Samples.start + 86_400
        )
    }

    private func notices(_ shop: Workshop) async throws -> [Notice] {
        try await shop.store.read { try $0.notices(of: .invitation, after: 0, limit: 100) }
    }

    private func kept(_ shop: Workshop, _ id: CaseID) async throws -> [CaseInvitation] {
        try await shop.store.read { try $0.invitations(of: id) }
    }

    @Test("one that nobody took up is found while the case runs, kept with it and told, and does not stop it")
    func whileRunning() async throws {
        let shop = try Workshop()
        let shown = [
            try invitation("i1"), try invitation("i2", status: "Accepted"), try invitation("i3", "other@example.com"),
            try invitation("i4", status: "Something new"),
        ]
        shop.vultr[0].change { $0.invitations = shown }
        let done = try await shop.work()
        #expect(done.result == .removed)
        #expect(try await kept(shop, done.id).map { $0.invitation?.text } == ["i1", "i4"])
        let told = try await notices(shop)
        #expect(told.map(\.caseID) == [done.id])
        #expect(told[0].reason.contains("Organization o1"))
        try await shop.close()
    }

    @Test("one of somebody without an account is found, too")
    func noAccount() async throws {
        let shop = try Workshop()
        let shown = try invitation("i1", "nobody@example.com")
        shop.vultr[0].change { $0.invitations = [shown] }
        let done = try await shop.work("nobody@example.com")
        #expect(done.result == .noAccount)
        #expect(try await kept(shop, done.id).count == 1)
        #expect(try await notices(shop).count == 1)
        try await shop.close()
    }

    @Test("a dry run asks for none, and a case that removed somebody in an earlier run asks for them all the same")
    func whenAsked() async throws {
        let dry = try Workshop(policy: Policy(mode: .dryRun))
        _ = try await dry.work()
        #expect(dry.vultr[0].state.withLock(\.invitationsReads) == 0)
        try await dry.close()
        let shop = try Workshop()
        let lost = VultrError(.unavailable, message: "trouble", mayHaveBeenApplied: true)
        shop.vultr[0].change { state in
            state.faults["remove"] = [lost]
            state.appliesDespiteFault = true
            state.lag = 1000
        }
        let waiting = try await shop.work()
        #expect(waiting.state == .retrying)
        let reads = shop.vultr[0].state.withLock(\.invitationsReads)
        let shown = try invitation("i1")
        shop.vultr[0].change { state in
            state.lag = 0
            state.invitations = [shown]
        }
        #expect(try await shop.engine.work(waiting.id).result == .removed)
        #expect(shop.vultr[0].state.withLock(\.invitationsReads) == reads + 1)
        #expect(try await kept(shop, waiting.id).count == 1)
        try await shop.close()
    }

    @Test("a key that does not show its invitations is noted with the case, which completes")
    func unreadable() async throws {
        let shop = try Workshop()
        let forbidden = VultrError(.operatorNeeded, status: 403, message: "forbidden")
        shop.vultr[0].change { $0.faults["invitations"] = [forbidden, forbidden] }
        let done = try await shop.work()
        #expect(done.result == .removed)
        let noted = try await kept(shop, done.id)
        #expect(noted.map(\.invitation) == [nil])
        #expect(noted[0].problem?.contains("403") == true)
        let sweeper = Sweeper(parts: shop.parts, policy: SweepPolicy())
        #expect(try await sweeper.sweep().remarks.count == 1)
        #expect(try await kept(shop, done.id) == noted)
        let shown = try invitation("i1")
        shop.vultr[0].change { $0.invitations = [shown] }
        #expect(try await sweeper.sweep().invited == [done.id])
        #expect(try await kept(shop, done.id).map { $0.invitation?.text } == ["i1"])
        try await shop.close()
    }

    @Test("a sweep finds a new one, tells of it once, and forgets it when it is gone")
    func bySweep() async throws {
        let shop = try Workshop()
        let done = try await shop.work()
        let sweeper = Sweeper(parts: shop.parts, policy: SweepPolicy())
        let shown = try invitation("i1")
        shop.vultr[0].change { $0.invitations = [shown] }
        for _ in 0..<2 { #expect(try await sweeper.sweep().invited == [done.id]) }
        #expect(try await notices(shop).count == 1)
        shop.vultr[0].change { $0.invitations = [] }
        #expect(try await sweeper.sweep().invited.isEmpty)
        #expect(try await kept(shop, done.id).isEmpty)
        try await shop.close()
    }

    @Test("who was reinstated may be invited")
    func reinstated() async throws {
        let shop = try Workshop()
        let done = try await shop.work("nobody@example.com")
        shop.time.pass(60)
        _ = try await shop.record(.reinstated, "nobody@example.com")
        let shown = try invitation("i1", "nobody@example.com")
        shop.vultr[0].change { $0.invitations = [shown] }
        #expect(try await Sweeper(parts: shop.parts, policy: SweepPolicy()).sweep().invited.isEmpty)
        #expect(try await kept(shop, done.id).isEmpty)
        try await shop.close()
    }
}
