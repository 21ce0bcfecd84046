import Foundation
import Storage
import Testing

@testable import Offboarding

@Suite("Who had which address")
struct AddressMemoryTests {
    private let other = "a.private.one@elsewhere.example"

    private func rename(_ id: String, to email: String, in shop: Workshop) {
        shop.vultr[0].change { $0.members["o1"]?[id] = email }
    }

    @Test("whoever changed their address before they left is held and shown, and removed once a person says so")
    func renamed() async throws {
        let shop = try Workshop()
        _ = try await shop.work("person2@example.com")
        rename("u1", to: other, in: shop)
        let held = try await shop.work()
        #expect(held.state == .held)
        #expect(try #require(held.reason).contains("user u1 of organization o1 was seen under the person's email"))
        #expect(!(held.reason ?? "").contains("@"))
        #expect(try await shop.removals(held.id).compactMap(\.userID?.text) == ["u1"])
        try await shop.desk.approve(held.id, digest: held.planDigest, by: "dana")
        #expect(try await shop.engine.work(held.id).result == .removed)
        #expect(shop.vultr[0].deletes.map(\.user.text) == ["u2", "u1"])
        try await shop.close()
    }

    @Test("changed more than once, and found by any sweep in between")
    func renamedTwice() async throws {
        let shop = try Workshop()
        let sweeper = Sweeper(parts: shop.parts, policy: SweepPolicy())
        for address in [Samples.avery, "first@elsewhere.example", "second@elsewhere.example"] {
            rename("u1", to: address, in: shop)
            _ = try await sweeper.sweep()
        }
        #expect(try await shop.work().state == .held)
        try await shop.close()
    }

    @Test("beside a user who has the address now, both are held")
    func both() async throws {
        let shop = try Workshop()
        _ = try await shop.work("person2@example.com")
        shop.vultr[0].change {
            $0.members["o1"]?["u1"] = "a.private.one@elsewhere.example"
            $0.members["o1"]?["u99"] = Samples.avery
        }
        let held = try await shop.work()
        #expect(held.state == .held)
        #expect(Set(try await shop.removals(held.id).compactMap(\.userID?.text)) == ["u1", "u99"])
        #expect(shop.vultr[0].deletes.count == 1)
        try await shop.close()
    }

    @Test("a list that is not proven leaves nothing, and a service user is nobody")
    func unproven() async throws {
        let shop = try Workshop()
        shop.vultr[0].change {
            $0.usersDoubt = "cut short"
            $0.members["o1"]?["robot"] = "robot@example.com"
            $0.serviceUsers = ["robot"]
        }
        _ = try await shop.work("person2@example.com")
        let avery = try EmailAddress(Samples.avery)
        #expect(try await shop.store.read { try $0.memberships(seenUnder: [avery]) } == [])
        shop.vultr[0].change { $0.usersDoubt = nil }
        _ = try await shop.work("person3@example.com")
        #expect(
            try await shop.store.read { try $0.memberships(seenUnder: [avery]) } == [Samples.membership("o1", "u1")]
        )
        let robot = try EmailAddress("robot@example.com")
        #expect(try await shop.store.read { try $0.memberships(seenUnder: [robot]) } == [])
        try await shop.close()
    }

    @Test("whoever is gone from the list was only remembered: no account")
    func gone() async throws {
        let shop = try Workshop()
        _ = try await shop.work("person2@example.com")
        shop.vultr[0].change { $0.members["o1"]?["u1"] = nil }
        #expect(try await shop.work().result == .noAccount)
        try await shop.close()
    }

    @Test("a protected user stays protected under another address")
    func protected() async throws {
        let shop = try Workshop(policy: Policy(mode: .enforce, protected: [.user(UserID("u1"))]))
        _ = try await shop.work("person2@example.com")
        rename("u1", to: other, in: shop)
        #expect(try await shop.work().state == .attention)
        try await shop.close()
    }

    @Test("a key that lists several organizations leaves one memory of each person, which counts in every one")
    func severalOrganizations() async throws {
        let key = VultrKey(name: "production", usersList: .allOrganizations)
        let vultr = VultrInMemory(["o1": Workshop.people(20), "o2": Workshop.people(20)])
        let shop = try Workshop(keys: [(key, vultr)])
        _ = try await shop.work("person2@example.com")
        let avery = try EmailAddress(Samples.avery)
        let seen = try await shop.store.read { try $0.memberships(seenUnder: [avery]) }
        #expect(seen == [Samples.membership(Sighting.severalOrganizations.text, "u1")])
        shop.vultr[0].change {
            for organization in ["o1", "o2"] { $0.members[organization]?["u1"] = other }
        }
        let held = try await shop.work()
        #expect(held.state == .held)
        #expect(Set(try await shop.removals(held.id).compactMap(\.organizationID?.text)) == ["o1", "o2"])
        try await shop.close()
    }
}
