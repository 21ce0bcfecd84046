import Foundation
import Offboarding
import Testing

@Suite("A store's leases of work that one daemon does for all")
struct WorkLeaseSuite {
    private func take(_ owner: String, in store: any Store, at now: Date) async throws -> Bool {
        try await store.write { try $0.takeLease(of: .sweep, owner: owner, now: now, until: now + 30) }
    }

    @Test("one owner has it until it ends or runs out", arguments: StoreUnderTest.allCases)
    func oneOwner(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        #expect(try await take("a", in: store, at: Sample.start))
        #expect(try await !take("b", in: store, at: Sample.start + 30))
        #expect(try await take("a", in: store, at: Sample.start + 10))
        #expect(try await !take("b", in: store, at: Sample.start + 40))
        #expect(try await take("b", in: store, at: Sample.start + 40.001))
        try await store.write { try $0.endLease(of: .sweep, owner: "a") }
        #expect(try await !take("a", in: store, at: Sample.start + 41))
        try await store.write { try $0.endLease(of: .sweep, owner: "b") }
        #expect(try await take("a", in: store, at: Sample.start + 41))
    }

    @Test("a lease from before a clock was set back ends", arguments: StoreUnderTest.allCases)
    func clockSetBack(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        #expect(try await take("a", in: store, at: Sample.start + 3600))
        #expect(try await take("b", in: store, at: Sample.start))
    }

    @Test("clocks that differ a little do not take it from its owner", arguments: StoreUnderTest.allCases)
    func clocksApart(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        #expect(try await take("a", in: store, at: Sample.start + 10))
        #expect(try await !take("b", in: store, at: Sample.start))
    }
}
