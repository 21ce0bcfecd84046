import ArgumentParser
import Foundation
import Offboarding

/// Arguments that are more than text.
enum Arguments {
    /// An email that can be compared; anything else is wrong usage.
    static func email(_ text: String) throws -> EmailAddress {
        do throws(UnusableEmail) {
            return try EmailAddress(text)
        } catch {
            throw ValidationError("\(error.rawValue)")
        }
    }

    /// A state by its word in the contract.
    static func state(_ text: String) throws -> CaseState {
        guard let state = CaseState(rawValue: text) else {
            throw ValidationError("the states are \(CaseState.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return state
    }
}
