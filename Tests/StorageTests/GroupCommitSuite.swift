import Foundation
import Offboarding
import Testing

@Suite("A store's group commit")
struct GroupCommitSuite {
    private struct Deliberate: Error, Equatable {}

    @Test("2,000 appends at once are all kept, in far fewer commits", arguments: StoreUnderTest.allCases)
    func manyAppends(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        let before = store.commits
        let outcomes = try await withThrowingTaskGroup(of: AppendOutcome.self) { group in
            for number in 0..<2000 {
                group.addTask { try await store.append(Sample.delivery("d_\(number)", body: "body \(number)")) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count == 2000)
        #expect(outcomes.allSatisfy { if case .accepted(_, reusedID: false) = $0 { true } else { false } })
        let kept = try await store.read { try $0.deliveries(limit: nil, after: nil) }
        #expect(Set(kept.map(\.id.text)) == Set((0..<2000).map { "d_\($0)" }))
        #expect(store.commits - before <= 500)
    }

    @Test("of equal deliveries at once exactly one is new", arguments: StoreUnderTest.allCases)
    func equalAppends(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        let outcomes = try await withThrowingTaskGroup(of: AppendOutcome.self) { group in
            for number in 0..<100 {
                group.addTask { try await store.append(Sample.delivery("d_\(number)", signedID: "evt_1")) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let kept = try await store.read { try $0.deliveries(limit: nil, after: nil) }.map(\.id)
        #expect(kept.count == 1)
        #expect(outcomes.count { $0 == .duplicate(of: kept[0]) } == 99)
        #expect(outcomes.count { $0 == .accepted(kept[0], reusedID: false) } == 1)
    }

    @Test("a body that throws undoes its own changes and nobody else's", arguments: StoreUnderTest.allCases)
    func isolation(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<60 {
                let one = try Sample.case("c_\(number)", "person\(number)")
                group.addTask {
                    guard number % 3 == 0 else {
                        return try await store.write { try $0.insert(one) }
                    }
                    await #expect(throws: Deliberate.self) {
                        try await store.write { session in
                            try session.insert(one)
                            throw Deliberate()
                        }
                    }
                }
                group.addTask { _ = try await store.append(Sample.delivery("d_\(number)", body: "\(number)")) }
            }
            try await group.waitForAll()
        }
        let cases = try await store.read { try $0.cases(matching: CaseFilter()) }.map(\.id.text)
        #expect(Set(cases) == Set((0..<60).filter { $0 % 3 != 0 }.map { "c_\($0)" }))
        #expect(try await store.read { try $0.deliveries(limit: nil, after: nil) }.count == 60)
    }

    @Test("a body sees its own changes, and readings see them once it is done", arguments: StoreUnderTest.allCases)
    func readYourWrites(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        let one = try Sample.case("c_1", "avery")
        let seen = try await store.write { session in
            try session.insert(one)
            return try session.case(one.id)
        }
        #expect(seen == one)
        #expect(try await store.read { try $0.case(one.id) } == one)
    }

    @Test("after closing everything is refused, and closing again is harmless", arguments: StoreUnderTest.allCases)
    func closed(_ kind: StoreUnderTest) async throws {
        let store = try kind.make()
        #expect(await store.isReady())
        try await store.close()
        try await store.close()
        #expect(await !store.isReady())
        func code(_ action: () async throws -> Void) async -> StoreError.Code? {
            do { try await action() } catch { return (error as? StoreError)?.code }
            return nil
        }
        #expect(await code { try await store.append(Sample.delivery("d_1")) } == .closed)
        #expect(await code { try await store.write { _ in } } == .closed)
        #expect(await code { try await store.read { _ in } } == .closed)
    }
}
