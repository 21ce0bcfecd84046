import Foundation
import Storage
import Synchronization
import Testing

@testable import Offboarding

@Suite("What else is ended with a person's access (policy.also)")
struct CredentialTests {
    private static let policy = Policy(mode: .enforce, also: [.apiKeys, .roleSessions])

    private func shop(_ policy: Policy = policy) throws -> Workshop {
        let shop = try Workshop(policy: policy)
        shop.vultr[0].change {
            $0.apiKeys = ["u1": ["k1", "k2"], "u2": ["k3"]]
            $0.roleSessions = ["u1": ["secret/token=="]]
        }
        return shop
    }

    private func endings(_ shop: Workshop, _ id: CaseID) async throws -> [CredentialEnding] {
        try await shop.store.read { try $0.credentialEndings(of: id) }
    }

    @Test("they are ended before the removal, the leaver's and nobody else's")
    func before() async throws {
        let shop = try shop()
        let state = shop.vultr[0]
        state.change { [state] in
            $0.beforeDelete = { #expect(state.state.withLock(\.endedCredentials).count == 3) }
        }
        let done = try await shop.work()
        #expect(done.result == .removed)
        #expect(Set(state.state.withLock(\.endedCredentials)) == ["k1", "k2", "secret/token=="])
        #expect(state.state.withLock(\.apiKeys)["u2"] == ["k3"])
        let kept = try await endings(shop, done.id)
        #expect(kept.map(\.outcome) == [.ended, .ended])
        #expect(kept.map(\.count) == [2, 1])
        try await shop.close()
    }

    @Test("nothing of it happens unless asked for, in a dry run, or while the case is held")
    func off() async throws {
        for policy in [
            Policy(mode: .enforce), Policy(mode: .dryRun, also: [.apiKeys]),
            Policy(mode: .enforce, approval: .always, also: [.apiKeys, .roleSessions]),
        ] {
            let shop = try shop(policy)
            let worked = try await shop.work()
            #expect(shop.vultr[0].state.withLock(\.endedCredentials).isEmpty)
            #expect(try await endings(shop, worked.id).isEmpty)
            try await shop.close()
        }
    }

    @Test("a key that may not end them stops no removal; the case needs a person, and completes once it may")
    func forbidden() async throws {
        let shop = try shop()
        let forbidden = VultrError(.operatorNeeded, status: 403, message: "GET /v2/users/{user}/apikeys was refused")
        shop.vultr[0].change { $0.faults["apiKeys"] = Array(repeating: forbidden, count: 2) }
        let stuck = try await shop.work()
        #expect(stuck.state == .attention)
        #expect(try #require(stuck.reason).contains("API keys of user u1 are not ended"))
        #expect(shop.vultr[0].deletes.count == 1)
        #expect(shop.vultr[0].state.withLock(\.endedCredentials) == ["secret/token=="])
        try await shop.desk.retry(stuck.id, by: "dana")
        #expect(try await shop.engine.work(stuck.id).state == .attention, "the second refusal")
        try await shop.desk.retry(stuck.id, by: "dana")
        #expect(try await shop.engine.work(stuck.id).result == .removed)
        #expect(shop.vultr[0].state.withLock(\.endedCredentials).count == 3)
        #expect(shop.vultr[0].deletes.count == 1)
        try await shop.close()
    }

    @Test("one that cannot be ended keeps none of the others, and needs a person")
    func oneOfMany() async throws {
        let shop = try shop()
        let forbidden = VultrError(.operatorNeeded, status: 403, message: "DELETE was refused")
        shop.vultr[0].change { $0.faults["endAPIKey"] = [forbidden] }
        let stuck = try await shop.work()
        #expect(stuck.state == .attention)
        #expect(Set(shop.vultr[0].state.withLock(\.endedCredentials)) == ["k2", "secret/token=="])
        #expect(shop.vultr[0].deletes.count == 1)
        try await shop.desk.retry(stuck.id, by: "dana")
        #expect(try await shop.engine.work(stuck.id).result == .removed)
        #expect(try await endings(shop, stuck.id).map(\.count) == [2, 1])
        try await shop.close()
    }

    @Test("trouble that passes is tried again in the same run, before the removal")
    func passing() async throws {
        let shop = try shop()
        let outage = VultrError(.unavailable, status: 503, message: "unavailable")
        shop.vultr[0].change { $0.faults = ["apiKeys": [outage, outage], "endRoleSession": [outage]] }
        #expect(try await shop.work().result == .removed)
        #expect(shop.vultr[0].state.withLock(\.endedCredentials).count == 3)
        try await shop.close()
    }

    @Test("trouble that lasts leaves the case retrying once the person is removed, until they are ended")
    func lasting() async throws {
        let shop = try shop()
        let outage = VultrError(.unavailable, status: 503, message: "unavailable")
        let runs = CaseRunner.mostCredentialReadings
        shop.vultr[0].change { $0.faults = ["apiKeys": Array(repeating: outage, count: runs)] }
        let waiting = try await shop.work()
        #expect(waiting.state == .retrying)
        #expect(shop.vultr[0].deletes.count == 1)
        #expect(try await shop.engine.work(waiting.id).result == .removed)
        #expect(Set(shop.vultr[0].state.withLock(\.endedCredentials)) == ["k1", "k2", "secret/token=="])
        try await shop.close()
    }

    @Test("what shows nothing of itself: a token is in no text of it, however it is printed")
    func hidden() {
        let credential = Credential(handle: "secret/token==")
        var dumped = ""
        dump(credential, to: &dumped)
        for text in ["\(credential)", String(describing: credential), String(reflecting: credential), dumped] {
            #expect(!text.contains("token"))
        }
    }
}
