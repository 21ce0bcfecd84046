/// Somebody who uses the console: a configured token's owner, or whom a reverse proxy vouches for.
public struct Operator: Sendable, Hashable {
    public enum Role: String, Sendable, CaseIterable {
        /// Sees everything, changes nothing.
        case viewer
        /// Decides, too.
        case `operator`
    }

    /// Who did it, wherever something is kept.
    public let name: String
    public let role: Role

    public init(name: String, role: Role) {
        self.name = name
        self.role = role
    }

    /// Whether what needs a role is theirs to do.
    func may(_ needed: Role) -> Bool { role == .operator || needed == .viewer }
}
