/// A configured key together with what reaches Vultr with it.
public struct KeyAccess: Sendable {
    public let key: VultrKey
    public let access: any VultrAccess

    public init(key: VultrKey, access: any VultrAccess) {
        self.key = key
        self.access = access
    }
}
