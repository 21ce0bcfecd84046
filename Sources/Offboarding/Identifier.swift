public import Foundation

/// An identifier that cannot be mistaken for one of another kind.
///
/// `Identifier<Organization>` and `Identifier<VultrUser>` are both text, and swapping them would send a DELETE to the
/// wrong place; the compiler keeps them apart.
public struct Identifier<Subject>: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    public let text: String

    public init(_ text: String) { self.text = text }

    public init(from decoder: any Decoder) throws { text = try decoder.singleValueContainer().decode(String.self) }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    public var description: String { text }

    /// Orders byte for byte, never by locale or canonical equivalence.
    public static func < (left: Self, right: Self) -> Bool { left.text.utf8.lexicographicallyPrecedes(right.text.utf8) }

    public static func == (left: Self, right: Self) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

    public func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
        hasher.combine(UInt8(0xFF))
    }
}

public typealias OrganizationID = Identifier<Organization>
public typealias UserID = Identifier<VultrUser>
public typealias CaseID = Identifier<Case>
public typealias DeliveryID = Identifier<Delivery>

extension Identifier {
    /// Makes a new identifier that sorts by the time it was made: `prefix`, then 48 bits of milliseconds and 80 random
    /// bits in Crockford's base 32, lower case (26 characters, the layout of ULID).
    public static func make(
        prefix: String,
        at now: Date,
        using random: inout some RandomNumberGenerator
    ) -> Self {
        let milliseconds = UInt64(max(0, now.timeIntervalSince1970 * 1000))
        var text = Array(prefix.utf8)
        text.reserveCapacity(prefix.utf8.count + 26)
        for shift in stride(from: 45, through: 0, by: -5) { text.append(digit(milliseconds >> UInt64(shift))) }
        // Two draws and not sixteen: each is a system call.
        for drawn in [random.next(), random.next()] as [UInt64] {
            for shift in stride(from: 35, through: 0, by: -5) { text.append(digit(drawn >> UInt64(shift))) }
        }
        return Self(String(decoding: text, as: UTF8.self))
    }

    /// The digit of the lowest five bits.
    private static func digit(_ bits: UInt64) -> UInt8 {
        let digits: StaticString = "0123456789abcdefghjkmnpqrstvwxyz"
        return digits.utf8Start[Int(bits & 31)]
    }
}

extension CaseID {
    /// A new case's identifier, `c_…`.
    public static func make(at now: Date) -> CaseID {
        var random = SystemRandomNumberGenerator()
        return make(prefix: "c_", at: now, using: &random)
    }
}

extension DeliveryID {
    /// A new delivery's identifier, `d_…`.
    public static func make(at now: Date) -> DeliveryID {
        var random = SystemRandomNumberGenerator()
        return make(prefix: "d_", at: now, using: &random)
    }
}
