public import Foundation

public typealias InvitationID = Identifier<Invitation>

/// An invitation to an organization, as a key lists it: a way in for whoever has it (reference: API, section 10).
public struct Invitation: Sendable, Equatable {
    public let id: InvitationID
    /// The usable emails among those that it names: the invited one and the registered one.
    public let addresses: [EmailAddress]
    public let organizationID: OrganizationID?
    public let organizationName: String?
    /// Vultr's word for how it stands. `Pending` and `Accepted` are documented.
    public let status: String?
    /// Three days after it was made or sent again, unless Vultr says otherwise.
    public let expiresAt: Date?

    public init(
        id: InvitationID,
        addresses: [EmailAddress],
        organizationID: OrganizationID? = nil,
        organizationName: String? = nil,
        status: String?,
        expiresAt: Date? = nil
    ) {
        self.id = id
        self.addresses = addresses
        self.organizationID = organizationID
        self.organizationName = organizationName
        self.status = status
        self.expiresAt = expiresAt
    }

    /// Whether it may still let somebody in: all but those that were accepted. Vultr's other words are not known, and one
    /// that is past its date can be sent again, which extends it.
    public var isOpen: Bool { status?.lowercased() != "accepted" }
}
