/// A row of a users list or of a suspended-users list.
public struct VultrUser: Sendable, Equatable {
    public let id: UserID
    /// The email as Vultr shows it. Comparing goes through ``address`` only.
    public let email: String
    /// The email in compared form; `nil` when it is not usable, and then it matches nobody (rule 1).
    public let address: EmailAddress?
    /// Whether the row is a service user; `nil` where the field is missing (rule 4).
    public let isServiceUser: Bool?

    public init(id: UserID, email: String, isServiceUser: Bool?) {
        self.id = id
        self.email = email
        self.address = try? EmailAddress(email)
        self.isServiceUser = isServiceUser
    }
}
