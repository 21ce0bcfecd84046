import Foundation
import Storage
import Testing

@testable import Offboarding

/// Something that one sender says, and when it happened.
private struct Said: Sendable, CustomStringConvertible {
    let kind: Departure.Kind
    let sender: String
    let second: Int

    init(_ text: String) {
        let parts = text.split(separator: " ")
        kind = parts[0] == "left" ? .departed : .reinstated
        sender = String(parts[1])
        second = Int(parts[2]) ?? 0
    }

    var description: String { "\(kind == .departed ? "left" : "back") \(sender) \(second)" }
}

/// What is said of one person, and what comes of it in whatever order it arrives.
private struct Story: Sendable, CustomStringConvertible {
    enum End: String, Sendable {
        /// An open case that runs by itself.
        case runs
        /// An open case that waits for a person.
        case held
        /// No open case.
        case nothing
    }

    let said: [Said]
    let end: End

    init(_ text: String, _ end: End) {
        said = text.split(separator: ",").map { Said(String($0)) }
        self.end = end
    }

    var description: String { said.map(\.description).joined(separator: ", ") + ": " + end.rawValue }

    /// `hr` and `idp` are senders, `trial` is one in shadow mode. The number says when it happened.
    static let all = [
        Story("left hr 1", .runs),
        Story("back hr 1", .nothing),
        Story("left hr 1, back hr 2", .nothing),
        Story("back hr 1, left hr 2", .runs),
        Story("left hr 1, back idp 2", .held),
        Story("back idp 1, left hr 2", .runs),
        Story("left hr 1, back hr 2, left hr 3", .runs),
        Story("back hr 1, left hr 2, back hr 3", .nothing),
        Story("left hr 1, back hr 2, left idp 3", .runs),
        Story("left hr 1, left idp 2, back hr 3", .held),
        Story("left hr 1, left idp 2, back idp 3", .held),
        Story("left hr 1, back idp 2, left hr 3", .held),
        Story("back idp 1, left hr 2, left hr 3", .runs),
        Story("left hr 1, back idp 2, back hr 3", .nothing),
        Story("left hr 1, back hr 2, back idp 3", .nothing),
        Story("left hr 1, back hr 2, left hr 3, back hr 4", .nothing),
        Story("left hr 1, back hr 2, left hr 3, back idp 4", .held),
        Story("left hr 1, back trial 2", .runs),
        Story("left hr 1, left trial 2, back trial 3", .runs),
        Story("left trial 1, back trial 2", .nothing),
        Story("left trial 1, back hr 2, left hr 3", .runs),
        Story("left trial 1, left hr 2, back idp 3", .held),
    ]
}

@Suite("What is said of one person comes to the same in every order of arrival (rule 13)")
struct ArrivalOrderTests {
    @Test("before any DELETE", arguments: Story.all)
    private func beforeDeletes(_ story: Story) async throws {
        for order in Self.orders(of: story.said) {
            let shop = try Workshop(policy: Self.policy)
            for said in order { try await Self.tell(said, to: shop) }
            let email = try EmailAddress(Samples.avery)
            let open = try await shop.store.read { try $0.openCases(sharing: [email]) }
            let end: Story.End
            switch open.map(\.state) {
            case []: end = .nothing
            case [.held]: end = .held
            case [.queued]: end = .runs
            default:
                Issue.record("\(order): \(open.map(\.state))")
                continue
            }
            #expect(end == story.end, "\(order)")
            try await shop.close()
        }
    }

    @Test("after the removal, what happened after the departure needs a person, whoever says it, and nothing else does")
    func afterRemoval() async throws {
        for (back, later, state) in [
            ("back hr 2", "back idp 3", CaseState.attention), ("back idp 2", "back hr 3", .attention),
            ("back hr 0", "back idp 0", .completed), ("back trial 2", "back trial 3", .completed),
        ] {
            let shop = try Workshop(policy: Self.policy)
            try await Self.tell(Said("left hr 1"), to: shop)
            let email = try EmailAddress(Samples.avery)
            let opened = try #require(try await shop.store.read { try $0.openCases(sharing: [email]) }.first)
            #expect(try await shop.engine.work(opened.id).result == .removed)
            for one in [back, later] { try await Self.tell(Said(one), to: shop) }
            #expect(try await shop.current(opened.id)?.state == state, "\(back), \(later)")
            try await shop.close()
        }
    }

    @Test("where no sender says when it happened, the order of arrival counts")
    func arrival() async throws {
        let shop = try Workshop()
        let first = try await shop.record()[0]
        shop.time.pass(1)
        _ = try await shop.record(.reinstated)
        #expect(try await shop.current(first)?.state == .cancelled)
        shop.time.pass(1)
        let second = try await shop.record()[0]
        #expect(try await shop.current(second)?.state == .queued)
        try await shop.close()
    }

    @Test("what claims to happen days after it was told of counts as of its arrival")
    func future() async throws {
        let shop = try Workshop()
        let now = shop.time.now()
        _ = try await shop.record(.reinstated, occurredAt: now + 40 * 86_400)
        shop.time.pass(60)
        let later = try await shop.record(occurredAt: shop.time.now())[0]
        #expect(try await shop.current(later)?.state == .queued, "it does not outrank all that is said from now on")
        shop.time.pass(60)
        // Local time written as UTC.
        _ = try await shop.record(.reinstated, occurredAt: shop.time.now() + 14 * 3600)
        #expect(try await shop.current(later)?.state == .cancelled)
        try await shop.close()
    }

    private static let policy = Policy(
        mode: .enforce,
        limits: [],
        fractionOfOrganization: 1,
        senders: ["trial": SenderPolicy(mode: .dryRun)]
    )

    private static func tell(_ said: Said, to shop: Workshop) async throws {
        shop.time.pass(0.5)
        let occurredAt = Samples.start.addingTimeInterval(Double(said.second) - 3600)
        _ = try await shop.record(said.kind, sender: said.sender, occurredAt: occurredAt)
    }

    private static func orders(of said: [Said]) -> [[Said]] {
        guard said.count > 1 else { return [said] }
        return said.indices.flatMap { index in
            var rest = said
            let first = rest.remove(at: index)
            return orders(of: rest).map { [first] + $0 }
        }
    }
}
