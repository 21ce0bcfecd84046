import Foundation
import Testing

@testable import Offboarding

@Suite("Identifiers")
struct IdentifierTests {
    @Test("are 26 digits behind their prefix and keep the order in which they were made")
    func order() {
        let now = Date(timeIntervalSince1970: 1_795_536_000)
        // One of its own: tests beside this one draw from the process's at times of theirs.
        let sequence = IdentifierSequence()
        let made = (0..<2000).map { number in
            let moment = now.addingTimeInterval(Double(number / 1000) / 1000)
            return DeliveryID.make(prefix: "d_", at: moment, from: sequence)
        }
        #expect(made == made.sorted())
        #expect(Set(made).count == made.count)
        #expect(made.allSatisfy { $0.text.hasPrefix("d_") && $0.text.utf8.count == 28 })
        #expect(made[0].text.prefix(12) == made[999].text.prefix(12))
    }

    @Test("stay different when the clock is set back to the same millisecond")
    func clockSetBack() {
        let sequence = IdentifierSequence()
        let first = sequence.next(at: 5)
        _ = sequence.next(at: 6)
        #expect(sequence.next(at: 5) != first)
    }

    @Test("carry from one half of their bits to the other")
    func carry() {
        let sequence = IdentifierSequence(high: 7, low: (1 << 40) - 1, at: 5)
        #expect(sequence.next(at: 5) == (5, 8, 0))
    }
}
