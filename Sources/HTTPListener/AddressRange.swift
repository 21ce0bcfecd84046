/// A range of addresses in CIDR form, or one address: `10.0.0.0/8`, `2001:db8::/32`, `192.0.2.7`.
///
/// IPv4 and IPv6 are kept apart: `::/0` holds no IPv4 address. A range inside `::ffff:0:0/96` is the IPv4 range that it
/// maps.
public struct AddressRange: Sendable, Hashable, CustomStringConvertible {
    private let base: IPAddress
    /// How many of the 128 bits are fixed; an IPv4 `/8` is 104.
    private let bits: Int

    /// How many bits of the mapped form stand before an IPv4 address.
    private static let mappedBits = 96

    /// Why a text is no range.
    public struct ParseError: Error, Sendable, Hashable, CustomStringConvertible {
        /// What is wrong and what was expected, ready to be shown beside the line of a configuration.
        public let message: String

        public var description: String { message }
    }

    /// Reads a range or a single address.
    ///
    /// - Throws: `ParseError` when the address or the prefix length cannot be read, or when bits are set behind the
    ///   prefix: `10.0.0.1/8` is more often a slip than an intention, so the right spelling is named instead.
    public init(_ text: String) throws(ParseError) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let address = IPAddress(String(first)) else {
            throw ParseError(message: "\"\(text)\" is not an address or a range such as 10.0.0.0/8 or 2001:db8::/32")
        }
        guard parts.count == 2 else {
            base = address
            bits = 128
            return
        }
        let writtenAsIPv6 = first.utf8.contains(UInt8(ascii: ":"))
        let widest = writtenAsIPv6 ? 128 : 32
        let digits = parts[1].utf8
        guard !digits.isEmpty, digits.count <= 3, digits.allSatisfy({ (0x30...0x39).contains($0) }),
            let length = Int(parts[1]), length <= widest
        else {
            throw ParseError(message: "\"\(text)\" has no prefix length from 0 to \(widest) behind the slash")
        }
        bits = writtenAsIPv6 ? length : length + Self.mappedBits
        base = address.masked(bits: bits)
        guard base == address else {
            throw ParseError(
                message: "\"\(text)\" sets bits behind its prefix; write \(Self.text(base, bits)), or the address alone"
            )
        }
    }

    /// Whether the address lies in the range. A mapped IPv6 address counts as the IPv4 address it maps.
    public func contains(_ address: IPAddress) -> Bool {
        guard address.isIPv4 == isIPv4 else { return false }
        return address.masked(bits: bits) == base
    }

    private var isIPv4: Bool { base.isIPv4 && bits >= Self.mappedBits }

    public var description: String { Self.text(base, bits) }

    private static func text(_ base: IPAddress, _ bits: Int) -> String {
        if bits == 128 { return base.description }
        let length = base.isIPv4 && bits >= mappedBits ? bits - mappedBits : bits
        return "\(base)/\(length)"
    }
}

extension Sequence where Element == AddressRange {
    /// Whether any of the ranges holds the address. An empty sequence holds none.
    public func contains(address: IPAddress) -> Bool {
        contains { $0.contains(address) }
    }
}
