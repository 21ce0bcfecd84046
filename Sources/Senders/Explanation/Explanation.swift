public import Offboarding

/// What the daemon would do with a captured request, step by step, and why it would refuse it.
///
/// Holds no secret, no signature and no expected value; emails are the people's whom the request names.
public struct Explanation: Sendable {
    public struct Step: Sendable, Equatable {
        public enum Mark: String, Sendable {
            case good, bad, neutral
        }

        /// What is looked at, in a word or two.
        public let name: String
        /// What was found.
        public let text: String
        public let mark: Mark

        init(_ name: String, _ text: String, _ mark: Mark = .neutral) {
            self.name = name
            self.text = text
            self.mark = mark
        }
    }

    /// In the order in which the daemon looks.
    public internal(set) var steps: [Step] = []
    /// What would make it verify, each tried out; empty where it verifies or nothing was found.
    public internal(set) var causes: [String] = []
    /// The status of the answer.
    public internal(set) var status = 202
    /// What the body says, where it would be read.
    public internal(set) var interpretation: Interpretation?

    /// Whether the daemon would take it as a delivery, or answer it as a handshake.
    public var isAccepted: Bool { (200..<300).contains(status) }

    mutating func add(_ name: String, _ text: String, _ mark: Step.Mark = .neutral) {
        steps.append(Step(name, text, mark))
    }
}
