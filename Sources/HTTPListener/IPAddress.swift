import Glibc

/// An IPv4 or IPv6 address, without a zone.
///
/// Held as the 128 bits of an IPv6 address, IPv4 in its mapped form (RFC 4291 section 2.5.5.2), so that
/// `::ffff:192.0.2.1` and `192.0.2.1` are equal. A dual-stack socket reports IPv4 peers in the mapped form.
public struct IPAddress: Sendable, Hashable, CustomStringConvertible {
    /// The first eight bytes in network order.
    let high: UInt64
    /// The last eight bytes in network order.
    let low: UInt64

    /// What stands in front of the 32 bits of a mapped IPv4 address in `low`.
    static let mappedPrefix: UInt64 = 0x0000_FFFF_0000_0000

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads `192.0.2.1`, `2001:db8::1` or `::ffff:192.0.2.1`.
    ///
    /// - Returns: nil for anything else: a port, a zone, brackets, an IPv4 part with leading zeros.
    public init?(_ text: String) {
        // The longest textual form is INET6_ADDRSTRLEN; a longer one cannot be an address and is not handed to C.
        guard text.utf8.count < Int(INET6_ADDRSTRLEN), !text.utf8.contains(0) else { return nil }
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            self.init(networkOrder: four)
            return
        }
        var six = in6_addr()
        guard inet_pton(AF_INET6, text, &six) == 1 else { return nil }
        self.init(six)
    }

    /// The address of a peer as the kernel reports it.
    ///
    /// A peer on a socket in the file system is this machine.
    ///
    /// - Returns: nil for any other family than IPv4 and IPv6.
    init?(_ socketAddress: UnsafePointer<sockaddr>) {
        let raw = UnsafeRawPointer(socketAddress)
        switch Int32(socketAddress.pointee.sa_family) {
        case AF_INET:
            self.init(networkOrder: raw.loadUnaligned(as: sockaddr_in.self).sin_addr)
        case AF_INET6:
            self.init(raw.loadUnaligned(as: sockaddr_in6.self).sin6_addr)
        case AF_UNIX:
            self.init(high: 0, low: 1)
        default:
            return nil
        }
    }

    private init(networkOrder address: in_addr) {
        self.init(high: 0, low: Self.mappedPrefix | UInt64(UInt32(bigEndian: address.s_addr)))
    }

    private init(_ address: in6_addr) {
        let halves = withUnsafeBytes(of: address) { bytes in
            (bytes.loadUnaligned(as: UInt64.self), bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        }
        self.init(high: UInt64(bigEndian: halves.0), low: UInt64(bigEndian: halves.1))
    }

    /// Whether this is an IPv4 address, written plainly or in the mapped form.
    public var isIPv4: Bool { high == 0 && low >> 32 == Self.mappedPrefix >> 32 }

    /// Whether this is a loopback address: `127.0.0.0/8` or `::1`.
    public var isLoopback: Bool {
        isIPv4 ? UInt8(truncatingIfNeeded: low >> 24) == 127 : high == 0 && low == 1
    }

    /// The usual text: dotted for IPv4, RFC 5952 for IPv6.
    public var description: String {
        if isIPv4 {
            return [24, 16, 8, 0].map { String(UInt8(truncatingIfNeeded: low >> UInt64($0))) }.joined(separator: ".")
        }
        var address = in6_addr()
        withUnsafeMutableBytes(of: &address) { bytes in
            bytes.storeBytes(of: high.bigEndian, as: UInt64.self)
            bytes.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
        }
        let capacity = Int(INET6_ADDRSTRLEN)
        return String(unsafeUninitializedCapacity: capacity) { buffer in
            buffer.withMemoryRebound(to: CChar.self) { text in
                guard inet_ntop(AF_INET6, &address, text.baseAddress, socklen_t(capacity)) != nil else { return 0 }
                return text.baseAddress.map { strlen($0) } ?? 0
            }
        }
    }

    /// The address with everything behind the first `bits` of its 128 bits cleared.
    func masked(bits: Int) -> IPAddress {
        let highMask: UInt64 = bits >= 64 ? .max : bits == 0 ? 0 : ~(UInt64.max >> UInt64(bits))
        let lowMask: UInt64 = bits >= 128 ? .max : bits <= 64 ? 0 : ~(UInt64.max >> UInt64(bits - 64))
        return IPAddress(high: high & highMask, low: low & lowMask)
    }
}
