import Foundation

/// Whether a text names an address or a range of addresses.
enum AddressRangeText {
    static func isReadable(_ text: String) -> Bool {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let longest = prefixLength(of: parts[0]) else { return false }
        guard parts.count == 2 else { return true }
        guard let length = Int(parts[1]), String(length) == parts[1] else { return false }
        return (0...longest).contains(length)
    }

    /// The bits of the address; `nil` where it is none.
    private static func prefixLength(of address: String) -> Int? {
        var version4 = in_addr()
        if inet_pton(AF_INET, address, &version4) == 1 { return 32 }
        var version6 = in6_addr()
        return inet_pton(AF_INET6, address, &version6) == 1 ? 128 : nil
    }
}
