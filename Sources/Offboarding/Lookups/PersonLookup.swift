/// Asks a sender's own service for the email of somebody whom it calls by an id.
///
/// One call is one question; whoever calls tries again later.
public protocol PersonLookup: Sendable {
    /// The senders that can be asked.
    var senders: [String] { get }

    /// The person's email.
    ///
    /// - Throws: ``LookupTrouble``.
    func email(of id: String, sender: String) async throws(LookupTrouble) -> EmailAddress
}

/// Why a lookup gave no email. Never holds an email or a secret.
public struct LookupTrouble: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String
    /// Whether asking again may help. Where it cannot, a person must.
    public let passes: Bool

    public init(_ description: String, passes: Bool) {
        self.description = description
        self.passes = passes
    }
}
