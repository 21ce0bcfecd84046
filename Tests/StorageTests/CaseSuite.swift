import Foundation
import Offboarding
import Testing

@Suite("A store's cases")
struct CaseSuite {
    @Test("every field of a case comes back", arguments: StoreUnderTest.allCases)
    func roundTrip(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        var full = Case(
            id: CaseID("c_1"),
            email: try EmailAddress("straße@example.com"),
            aliases: [try Sample.email("b"), try Sample.email("a")],
            state: .running,
            sender: "hr",
            receivedAt: Sample.after(milliseconds: 1),
            occurredAt: Sample.after(milliseconds: 2),
            effectiveAt: Sample.after(milliseconds: 3),
            restraint: .disputed,
            askedBy: "dana",
            dueAt: Sample.after(milliseconds: 4)
        )
        full.result = .dryRun
        full.reason = "a reason"
        full.finishedAt = Sample.after(milliseconds: 5)
        full.planDigest = String(repeating: "ab", count: 32)
        full.uncovered = [OrganizationID("o_2"), OrganizationID("o_1")]
        full.approval = Approval(
            digest: "abcd",
            by: "sam",
            at: Sample.after(milliseconds: 6),
            covered: [Membership(organization: OrganizationID("o_1"), user: UserID("u_1"))]
        )
        full.troubles = 7
        full.troubleSince = Sample.after(milliseconds: 7)
        full.lease = Case.Lease(owner: "daemon:1", until: Sample.after(milliseconds: 8))
        let bare = try Sample.case("c_2", "c", dueAt: nil)
        let stored = full
        try await store.write { session in
            try session.insert(stored)
            try session.insert(bare)
        }
        #expect(try await store.read { try $0.case(CaseID("c_1")) } == full)
        #expect(try await store.read { try $0.case(CaseID("c_2")) } == bare)
        #expect(try await store.read { try $0.case(CaseID("c_3")) } == nil)
    }

    @Test("a change replaces every field, emails included", arguments: StoreUnderTest.allCases)
    func update(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        var changed = try Sample.case("c_1", "avery", aliases: ["ave"])
        let first = changed
        try await store.write { try $0.insert(first) }
        changed.aliases = [try Sample.email("stone")]
        changed.state = .completed
        changed.result = .removed
        changed.dueAt = nil
        let second = changed
        try await store.write { try $0.update(second) }
        #expect(try await store.read { try $0.case(CaseID("c_1")) } == changed)
        #expect(try await store.read { try $0.openCases(sharing: second.emails) }.isEmpty)
        let unknown = try Sample.case("c_9", "nobody")
        await #expect(throws: (any Error).self) { try await store.write { try $0.update(unknown) } }
    }

    @Test("open cases never share an email, closed ones may", arguments: StoreUnderTest.allCases)
    func sharing(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        let open = try Sample.case("c_1", "avery", aliases: ["ave"])
        try await store.write { try $0.insert(open) }
        for other in [try Sample.case("c_2", "ave"), try Sample.case("c_3", "x", aliases: ["avery"])] {
            await #expect(throws: (any Error).self) { try await store.write { try $0.insert(other) } }
            #expect(try await store.read { try $0.case(other.id) } == nil)
        }
        let closed = try Sample.case("c_4", "ave", state: .completed)
        try await store.write { try $0.insert(closed) }
        var reopened = closed
        reopened.state = .queued
        let again = reopened
        await #expect(throws: (any Error).self) { try await store.write { try $0.update(again) } }
        var first = open
        first.state = .cancelled
        let ended = first
        try await store.write { session in
            try session.update(ended)
            try session.update(again)
        }
        #expect(try await store.read { try $0.openCases(sharing: open.emails) }.map(\.id) == [CaseID("c_4")])
    }

    @Test(
        "open cases that share any email are found, oldest first, near misses never",
        arguments: StoreUnderTest.allCases
    )
    func openSharing(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        let cases = [
            try Sample.case("c_2", "avery", aliases: ["ave"]), try Sample.case("c_1", "blake"),
            try Sample.case("c_3", "avery.stone"), try Sample.case("c_4", "avery+x"),
        ]
        try await store.write { session in for one in cases { try session.insert(one) } }
        let emails = [try Sample.email("ave"), try Sample.email("blake"), try Sample.email("nobody")]
        #expect(try await store.read { try $0.openCases(sharing: emails) }.map(\.id.text) == ["c_1", "c_2"])
        #expect(try await store.read { try $0.openCases(sharing: []) }.isEmpty)
    }

    @Test("filters combine, and pages continue below an id", arguments: StoreUnderTest.allCases)
    func filters(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        let states: [CaseState] = [.queued, .held, .completed, .completed, .held, .cancelled]
        var cases: [Case] = []
        for (index, state) in states.enumerated() {
            var one = try Sample.case("c_\(index)", index == 5 ? "person0" : "person\(index)", state: state)
            if state == .completed { one.result = index == 2 ? .dryRun : .removed }
            cases.append(one)
        }
        let all = cases
        try await store.write { session in for one in all { try session.insert(one) } }
        func ids(_ filter: CaseFilter) async throws -> [Int?] {
            try await store.read { try $0.cases(matching: filter) }.map { Int($0.id.text.dropFirst(2)) }
        }
        #expect(try await ids(CaseFilter()) == [5, 4, 3, 2, 1, 0])
        #expect(try await ids(CaseFilter(limit: 2)) == [5, 4])
        #expect(try await ids(CaseFilter(limit: 2, after: CaseID("c_4"))) == [3, 2])
        #expect(try await ids(CaseFilter(states: [.held, .completed])) == [4, 3, 2, 1])
        #expect(try await ids(CaseFilter(states: [.held, .completed], limit: 2)) == [4, 3])
        #expect(try await ids(CaseFilter(states: [.held, .completed], limit: 2, after: CaseID("c_3"))) == [2, 1])
        #expect(try await ids(CaseFilter(states: [])) == [])
        #expect(try await ids(CaseFilter(result: .dryRun)) == [2])
        #expect(try await ids(CaseFilter(states: [.completed], result: .removed)) == [3])
        #expect(try await ids(CaseFilter(states: [.held], result: .removed)) == [])
        #expect(try await ids(CaseFilter(email: try Sample.email("person0"))) == [5, 0])
        #expect(try await ids(CaseFilter(email: try Sample.email("person0"), states: [.queued])) == [0])
        #expect(try await ids(CaseFilter(email: try Sample.email("person"))) == [])
    }

    @Test(
        "arrivals wake after appended deliveries and changed cases, not after a reading",
        arguments: StoreUnderTest.allCases
    )
    func arrivals(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        var wakes = store.arrivals.makeAsyncIterator()
        // Once at once: something may have come before anybody listened.
        #expect(await wakes.next() != nil)
        try await store.append(Sample.delivery("d_1"))
        #expect(await wakes.next() != nil)
        let one = try Sample.case("c_1", "avery")
        try await store.write { try $0.insert(one) }
        #expect(await wakes.next() != nil)
        try await store.write { try $0.update(one) }
        #expect(await wakes.next() != nil)
        try await store.append(Sample.delivery("d_2"))
        try await store.write { try $0.beat(Heartbeat(worker: "daemon:1", at: Sample.start, listener: nil)) }
        try await store.close()
        #expect(await wakes.next() == nil)
    }
}
