import Foundation
import Testing

@testable import Offboarding

@Suite("What is said about people becomes cases (rule 13)")
struct CaseLedgerTests {
    private func at(_ seconds: TimeInterval) -> Date { Samples.start.addingTimeInterval(seconds) }

    @Test("a departure opens a case; a later effective time schedules it")
    func opens() async throws {
        let shop = try Workshop()
        let now = try await shop.record()
        let later = try await shop.record(.departed, "later@example.com", effectiveAt: at(3600))
        #expect(try await shop.current(now[0])?.state == .queued)
        let scheduled = try #require(try await shop.current(later[0]))
        #expect(scheduled.state == .scheduled)
        #expect(scheduled.dueAt == at(3600))
        try await shop.close()
    }

    @Test("a departure joins the open case that shares an email, and brings its aliases")
    func joins() async throws {
        let shop = try Workshop()
        let first = try await shop.record(aliases: ["avery.ng@example.com"])
        let second = try await shop.record(.departed, "AVERY.NG@example.com", aliases: ["a.stone@example.com"])
        #expect(first == second)
        let joined = try #require(try await shop.current(first[0]))
        #expect(joined.aliases.map(\.text) == ["avery.ng@example.com", "a.stone@example.com"])
        try await shop.close()
    }

    @Test("a departure that links two open cases goes to both and takes no email from either")
    func linksTwo() async throws {
        let shop = try Workshop()
        let one = try await shop.record(.departed, "one@example.com")
        let two = try await shop.record(.departed, "two@example.com")
        let both = try await shop.record(.departed, "one@example.com", aliases: ["two@example.com", "new@example.com"])
        #expect(Set(both) == Set(one + two))
        let emails = try await [shop.current(one[0])?.emails ?? [], shop.current(two[0])?.emails ?? []]
        #expect(Set(emails.joined().map(\.text)) == ["one@example.com", "two@example.com", "new@example.com"])
        #expect(emails.joined().count == 3)
        try await shop.close()
    }

    @Test("the earliest effective time wins, and at once is the earliest")
    func earliestWins() async throws {
        let shop = try Workshop()
        let id = try await shop.record(effectiveAt: at(7200))[0]
        _ = try await shop.record(effectiveAt: at(9000))
        #expect(try await shop.current(id)?.dueAt == at(7200))
        _ = try await shop.record(effectiveAt: at(3600))
        #expect(try await shop.current(id)?.dueAt == at(3600))
        _ = try await shop.record()
        #expect(try await shop.current(id)?.state == .queued)
        try await shop.close()
    }

    @Test("reinstated by the same sender before any DELETE cancels; by another sender holds")
    func reinstated() async throws {
        let shop = try Workshop()
        let same = try await shop.record()[0]
        shop.time.pass(1)
        _ = try await shop.record(.reinstated)
        #expect(try await shop.current(same)?.state == .cancelled)
        let other = try await shop.record(.departed, "other@example.com")[0]
        shop.time.pass(1)
        _ = try await shop.record(.reinstated, "other@example.com", sender: "chat")
        let disputed = try #require(try await shop.current(other))
        #expect(disputed.state == .held)
        #expect(disputed.restraint == .disputed)
        try await shop.close()
    }

    @Test("reinstated after a DELETE is answered with attention, and nothing more runs by itself")
    func reinstatedTooLate() async throws {
        let shop = try Workshop()
        let done = try await shop.work()
        #expect(done.result == .removed)
        shop.time.pass(1)
        _ = try await shop.record(.reinstated)
        let back = try #require(try await shop.current(done.id))
        #expect(back.state == .attention)
        #expect(back.dueAt == nil)
        try await shop.desk.cancel(done.id, by: "dana")
        let closed = try #require(try await shop.current(done.id))
        #expect(closed.state == .completed)
        #expect(closed.result == .removed)
        try await shop.close()
    }

    @Test("order is by the time of the event, whatever the order of arrival")
    func outOfOrder() async throws {
        let shop = try Workshop()
        _ = try await shop.record(.reinstated, occurredAt: at(100))
        let late = try await shop.record(occurredAt: at(50))
        #expect(try await shop.current(late[0])?.state == .cancelled, "the departure was overtaken")
        let newer = try await shop.record(occurredAt: at(150))
        #expect(try await shop.current(newer[0])?.state == .queued)
        _ = try await shop.record(.reinstated, occurredAt: at(120))
        #expect(try await shop.current(newer[0])?.state == .queued, "older news changes nothing")
        try await shop.close()
    }

    @Test("a test's departure never touches the open case of a real one, and a real one takes over a test's")
    func tests() async throws {
        let shop = try Workshop()
        let real = try await shop.record()[0]
        _ = try await shop.record(restraint: .test)
        #expect(try await shop.current(real)?.restraint == nil)
        let made = try await shop.record(.departed, "made-up@example.com", restraint: .test)[0]
        #expect(try await shop.current(made)?.restraint == .test)
        _ = try await shop.record(.departed, "made-up@example.com")
        #expect(try await shop.current(made)?.restraint == nil)
        try await shop.close()
    }
}
