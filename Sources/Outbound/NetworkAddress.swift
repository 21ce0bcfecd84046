import Glibc

/// An address that a name was resolved to, and whom it belongs to.
struct NetworkAddress: Sendable, Hashable, CustomStringConvertible {
    /// What kind of place an address is, as far as letting a request go there is concerned.
    enum Reach: Sendable, Equatable {
        /// Somewhere in the internet.
        case global
        /// This machine.
        case loopback
        /// A network that is not the internet's: RFC 1918, RFC 6598, RFC 4193.
        case `private`
        /// Where no request of ours has any business: link-local (the clouds' metadata services among it), multicast,
        /// unspecified, reserved, and what only wraps another address.
        case never
    }

    /// 4 or 16 bytes in network order. IPv4 in its mapped form (RFC 4291, section 2.5.5.2) is held as IPv4.
    let bytes: [UInt8]

    private init(_ bytes: [UInt8]) {
        let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
        self.bytes = bytes.count == 16 && bytes.starts(with: mapped) ? Array(bytes[12...]) : bytes
    }

    /// Reads an address as it is usually written; `nil` for anything else, such as `127.1` or `0x7f000001`.
    init?(_ text: String) {
        guard text.utf8.count < Int(INET6_ADDRSTRLEN), !text.utf8.contains(0) else { return nil }
        var four = in_addr()
        var six = in6_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            self.init(withUnsafeBytes(of: four) { Array($0) })
        } else if inet_pton(AF_INET6, text, &six) == 1 {
            self.init(withUnsafeBytes(of: six) { Array($0) })
        } else {
            return nil
        }
    }

    /// The address of a socket address; `nil` for a family other than IPv4 and IPv6.
    init?(_ address: UnsafePointer<sockaddr>) {
        let raw = UnsafeRawPointer(address)
        switch Int32(address.pointee.sa_family) {
        case AF_INET:
            let four = raw.loadUnaligned(as: sockaddr_in.self).sin_addr
            self.init(withUnsafeBytes(of: four) { Array($0) })
        case AF_INET6:
            let six = raw.loadUnaligned(as: sockaddr_in6.self).sin6_addr
            self.init(withUnsafeBytes(of: six) { Array($0) })
        default:
            return nil
        }
    }

    var reach: Reach { bytes.count == 4 ? Self.reach(ofFour: bytes) : Self.reach(ofSix: bytes) }

    /// By the registry of special-purpose addresses (RFC 6890 and its updates).
    private static func reach(ofFour bytes: [UInt8]) -> Reach {
        switch (bytes[0], bytes[1], bytes[2]) {
        case (127, _, _): .loopback
        case (10, _, _), (172, 16...31, _), (192, 168, _), (100, 64...127, _): .private
        // This network; link-local; protocol assignments; documentation; 6to4 relays; benchmarks.
        case (0, _, _), (169, 254, _), (192, 0, 0), (192, 0, 2), (198, 51, 100), (203, 0, 113), (192, 88, 99),
            (198, 18...19, _):
            .never
        // Multicast, reserved and broadcast.
        case (224..., _, _): .never
        default: .global
        }
    }

    private static func reach(ofSix bytes: [UInt8]) -> Reach {
        let isZeroUpToLast = bytes.dropLast().allSatisfy { $0 == 0 }
        if isZeroUpToLast { return bytes[15] == 1 ? .loopback : .never }
        if bytes[0] & 0xFE == 0xFC { return .private }
        // 64:ff9b::/96 (RFC 6052) is how a network without IPv4 reaches it: what counts is the IPv4 address inside.
        if bytes.starts(with: [0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0]) {
            return reach(ofFour: Array(bytes[12...])) == .global ? .global : .never
        }
        // Only 2000::/3 is given out as global unicast.
        guard bytes[0] & 0xE0 == 0x20 else { return .never }
        switch (bytes[0], bytes[1], bytes[2], bytes[3]) {
        // 2001::/23: protocol assignments, Teredo among them; 2001:db8::/32 and 3fff::/20: documentation; 2002::/16: 6to4,
        // which wraps an IPv4 address.
        case (0x20, 0x01, 0...1, _), (0x20, 0x01, 0x0D, 0xB8), (0x3F, 0xFF, 0...0x0F, _), (0x20, 0x02, _, _):
            return .never
        default: return .global
        }
    }

    /// The usual text.
    var description: String {
        if bytes.count == 4 { return bytes.map(String.init).joined(separator: ".") }
        let capacity = Int(INET6_ADDRSTRLEN)
        return bytes.withUnsafeBytes { source in
            String(unsafeUninitializedCapacity: capacity) { buffer in
                buffer.withMemoryRebound(to: CChar.self) { text in
                    guard inet_ntop(AF_INET6, source.baseAddress, text.baseAddress, socklen_t(capacity)) != nil else {
                        return 0
                    }
                    return text.baseAddress.map { strlen($0) } ?? 0
                }
            }
        }
    }
}

/// Which addresses a request may go to.
public struct AddressAllowance: Sendable, Equatable {
    private let reaches: [NetworkAddress.Reach]

    init(reaches: [NetworkAddress.Reach]) { self.reaches = reaches }

    /// Somewhere in the internet.
    public static let global = AddressAllowance(reaches: [.global])
    /// As ``global``, and this machine.
    public static let loopback = AddressAllowance(reaches: [.global, .loopback])
    /// As ``loopback``, and private networks. Link-local and multicast addresses are never allowed.
    public static let privateNetworks = AddressAllowance(reaches: [.global, .loopback, .private])

    func allows(_ address: NetworkAddress) -> Bool { reaches.contains(address.reach) }
}
