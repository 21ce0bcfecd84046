public import Foundation
import Synchronization

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
    /// Makes a new identifier that sorts by the time it was made: `prefix`, then 48 bits of milliseconds and 80 bits in
    /// Crockford's base 32, lower case (26 characters). Layout and order within a millisecond are ULID's.
    public static func make(prefix: String, at now: Date) -> Self { make(prefix: prefix, at: now, from: .shared) }

    static func make(prefix: String, at now: Date, from sequence: IdentifierSequence) -> Self {
        make(prefix: prefix, bits: sequence.next(at: moment(now)))
    }

    /// What no identifier that is made at a time or later sorts before.
    static func earliest(prefix: String, at now: Date) -> Self {
        make(prefix: prefix, bits: (moment(now), 0, 0))
    }

    private static func moment(_ now: Date) -> UInt64 { UInt64(max(0, now.timeIntervalSince1970 * 1000)) }

    private static func make(prefix: String, bits: (milliseconds: UInt64, high: UInt64, low: UInt64)) -> Self {
        let (milliseconds, high, low) = bits
        var text = Array(prefix.utf8)
        text.reserveCapacity(prefix.utf8.count + 26)
        for shift in stride(from: 45, through: 0, by: -5) { text.append(digit(milliseconds >> UInt64(shift))) }
        for half in [high, low] {
            for shift in stride(from: 35, through: 0, by: -5) { text.append(digit(half >> UInt64(shift))) }
        }
        return Self(String(decoding: text, as: UTF8.self))
    }

    /// The digit of the lowest five bits.
    private static func digit(_ bits: UInt64) -> UInt8 {
        let digits: StaticString = "0123456789abcdefghjkmnpqrstvwxyz"
        return digits.utf8Start[Int(bits & 31)]
    }
}

/// The 80 bits of identifiers: random once for each millisecond, and one more for each further identifier in it.
///
/// So the identifiers of one process keep the order in which they were made, and a rush draws random bits, each draw a
/// system call, a thousand times a second and not for every delivery. Identifiers are no secrets.
final class IdentifierSequence: Sendable {
    private struct Last {
        var milliseconds: UInt64
        /// 40 bits each.
        var high: UInt64
        var low: UInt64
    }

    /// The process's.
    static let shared = IdentifierSequence()

    private static let half: UInt64 = (1 << 40) - 1

    private let last: Mutex<Last>

    init(high: UInt64 = 0, low: UInt64 = 0, at milliseconds: UInt64 = 0) {
        last = Mutex(Last(milliseconds: milliseconds, high: high, low: low))
    }

    /// The next bits at a time, which may be one that was before the last.
    func next(at milliseconds: UInt64) -> (milliseconds: UInt64, high: UInt64, low: UInt64) {
        last.withLock { last in
            if milliseconds == last.milliseconds {
                last.low = (last.low + 1) & Self.half
                if last.low == 0 { last.high = (last.high + 1) & Self.half }
            } else {
                var random = SystemRandomNumberGenerator()
                last.milliseconds = milliseconds
                last.high = random.next() & Self.half
                last.low = random.next() & Self.half
            }
            return (last.milliseconds, last.high, last.low)
        }
    }
}

extension CaseID {
    /// A new case's identifier, `c_…`.
    public static func make(at now: Date) -> CaseID { make(prefix: "c_", at: now) }

    /// What no case that is opened at a time or later sorts before.
    public static func earliest(at now: Date) -> CaseID { earliest(prefix: "c_", at: now) }
}

extension DeliveryID {
    /// A new delivery's identifier, `d_…`.
    public static func make(at now: Date) -> DeliveryID { make(prefix: "d_", at: now) }
}
