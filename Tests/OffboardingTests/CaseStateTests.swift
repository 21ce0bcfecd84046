import Foundation
import Testing

@testable import Offboarding

@Suite("The state machine (rule 11)")
struct CaseStateTests {
    @Test("the README's diagram and the function agree on every pair of state and event")
    func diagramMatches() throws {
        let readme = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources/Offboarding/README.md")
        let text = try String(contentsOf: readme, encoding: .utf8)
        var drawn: [String: String] = [:]
        for line in text.split(separator: "\n") where line.contains("-->") {
            let words = line.split(separator: " ").map(String.init)
            try #require(words.count == 5, "a line of the diagram is: from --> to : event")
            drawn["\(words[0]) \(words[4])"] = words[2]
        }
        #expect(drawn.count > 40)
        for state in CaseState.allCases {
            for event in CaseEvent.allCases {
                #expect(
                    state.after(event)?.rawValue == drawn["\(state.rawValue) \(event.rawValue)"],
                    "\(state) after \(event)"
                )
            }
        }
    }

    @Test("closed cases open again only for a late reinstatement or a dry run that is run for real")
    func closedStaysClosed() {
        for state in CaseState.allCases where !state.isOpen {
            for event in CaseEvent.allCases {
                let next = state.after(event)
                if next != nil { #expect(state == .completed && (event == .rerun || event == .reinstatedTooLate)) }
            }
        }
    }

    @Test("only a person or the sender's own reinstatement lets go of a held case")
    func heldNeverReleasesItself() {
        let leaving = CaseEvent.allCases.filter { CaseState.held.after($0).map { $0 != .held } ?? false }
        #expect(Set(leaving) == [.approved, .refused, .cancelled, .reinstated, .reinstatedTooLate])
        #expect(CaseState.held.after(.claimed) == nil)
    }

    @Test("an event that cannot happen changes nothing")
    func impossible() throws {
        var held = try Samples.case(state: .held)
        let before = held
        #expect(throws: ImpossibleTransition(state: .held, event: .claimed)) { try held.apply(.claimed) }
        #expect(held == before)
    }

    @Test("leaving the running state gives the lease back")
    func leaseEnds() throws {
        var running = try Samples.case(state: .running)
        running.lease = Case.Lease(owner: "daemon:1", until: Date())
        try running.apply(.troubled)
        #expect(running.lease == nil)
    }
}
