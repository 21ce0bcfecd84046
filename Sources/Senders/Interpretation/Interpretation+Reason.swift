public import Offboarding

extension Interpretation {
    /// All that is said beside the departures, in one text; `nil` where all is well. Never holds an email.
    public var reason: String? {
        let reasons = unresolved + [ignored].compactMap { $0 }
        return reasons.isEmpty ? nil : reasons.joined(separator: "; ")
    }
}
