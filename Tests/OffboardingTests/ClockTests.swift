import Foundation
import Storage
import Testing

@testable import Offboarding

@Suite("A wall clock that is set back or forward")
struct ClockTests {
    private let day: TimeInterval = 86_400
    private let outage = VultrError(.unavailable, status: 503, message: "unavailable")

    @Test("set back by a day, what waited for a retry is due within a minute, and completes")
    func retriesAfterStepBack() async throws {
        let shop = try Workshop()
        shop.vultr[0].change { [outage] in $0.faults["users"] = Array(repeating: outage, count: 1) }
        let waiting = try await shop.work()
        #expect(waiting.state == .retrying)
        shop.time.step(-day)
        try await shop.engine.bringForward()
        let brought = try #require(try await shop.current(waiting.id))
        #expect(try #require(brought.dueAt) <= shop.time.now())
        #expect(try await shop.engine.work(waiting.id).result == .removed)
        try await shop.close()
    }

    @Test("set back, a grace does not last longer, and what takes effect on a date keeps it")
    func scheduledAfterStepBack() async throws {
        let shop = try Workshop(policy: Policy(mode: .enforce, grace: 600))
        let graced = try await shop.record()[0]
        let date = shop.time.now() + 7200
        let dated = try await shop.record(.departed, "person2@example.com", effectiveAt: date)[0]
        shop.time.step(-3600)
        try await shop.engine.bringForward()
        #expect(try await shop.current(graced)?.dueAt == shop.time.now() + 600)
        #expect(try await shop.current(dated)?.dueAt == date)
        try await shop.close()
    }

    @Test("what waits as long as it should is left alone")
    func nothingToBring() async throws {
        let shop = try Workshop()
        shop.vultr[0].change { [outage] in $0.faults["users"] = [outage] }
        let waiting = try await shop.work()
        try await shop.engine.bringForward()
        #expect(try await shop.current(waiting.id)?.dueAt == waiting.dueAt)
        try await shop.close()
    }

    @Test("set forward by a day while a case runs, no second worker of this process takes it")
    func stepForwardWhileRunning() async throws {
        let shop = try Workshop()
        let (entered, enter) = AsyncStream.makeStream(of: Void.self)
        let (opened, open) = AsyncStream.makeStream(of: Void.self)
        shop.vultr[0].change {
            $0.beforeDelete = {
                enter.yield()
                for await _ in opened { break }
            }
        }
        let id = try await shop.record()[0]
        let engine = Task { try await shop.engine.run() }
        for await _ in entered { break }
        shop.time.step(day)
        // One that is recorded now and completes shows that the engine has looked again since.
        let other = try await shop.record(.departed, "nobody@example.com")[0]
        while try await shop.current(other)?.lease == nil, try await shop.current(other)?.state.isOpen == true {
            await Task.yield()
        }
        open.yield()
        open.finish()
        while try await shop.current(id)?.state.isOpen == true { await Task.yield() }
        engine.cancel()
        try await engine.value
        #expect(try await shop.current(id)?.result == .removed)
        #expect(shop.vultr[0].deletes.count == 1)
        try await shop.close()
    }

    @Test("set back between a plan and its DELETE, the plan is as old as it is (rule 9)")
    func planAge() async throws {
        let quick = VultrInMemory(["o1": Workshop.people(20)])
        let slow = VultrInMemory(["o2": Workshop.people(20)])
        let shop = try Workshop(keys: [(VultrKey(name: "quick"), quick), (VultrKey(name: "slow"), slow)])
        let time = shop.time
        slow.change {
            $0.beforeAccount = {
                time.pass(61)
                time.step(-3600)
            }
        }
        #expect(try await shop.work().result == .removed)
        #expect(quick.usersReads >= 3, "the plan was read again before the first DELETE")
        try await shop.close()
    }
}
