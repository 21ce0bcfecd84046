/// A Vultr organization as a key lists it.
public struct Organization: Sendable, Equatable {
    public let id: OrganizationID
    public let name: String

    public init(id: OrganizationID, name: String) {
        self.id = id
        self.name = name
    }
}
