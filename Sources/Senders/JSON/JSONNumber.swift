/// A decimal number of any length, compared by its value (RFC 9535, section 2.3.5.2.2).
///
/// Binary floating point would take 9007199254740993 and 9007199254740992 for equal.
struct JSONNumber {
    /// The most digits of an exponent; beyond them no sum of it overflows.
    static let mostExponentDigits = 15

    private let isNegative: Bool
    /// The digits that count, without zeros at either end; empty for zero.
    private let digits: [UInt8]
    /// Where the point stands: the value is 0.DIGITS times ten to this power.
    private let scale: Int

    /// - Parameter text: a number as JSON writes it.
    /// - Returns: `nil` where the exponent has more than ``mostExponentDigits`` digits.
    init?(_ text: String) {
        var isNegative = false
        var digits: [UInt8] = []
        var digitsBeforePoint: Int?
        var exponent: [UInt8] = []
        var isExponentNegative = false
        var isInExponent = false
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "-"):
                if isInExponent { isExponentNegative = true } else { isNegative = true }
            case UInt8(ascii: "."): digitsBeforePoint = digits.count
            case UInt8(ascii: "e"), UInt8(ascii: "E"): isInExponent = true
            case UInt8(ascii: "+"): break
            default:
                if !isInExponent {
                    digits.append(byte)
                } else if byte != UInt8(ascii: "0") || !exponent.isEmpty {
                    exponent.append(byte)
                }
            }
        }
        let zeros = digits.prefix { $0 == UInt8(ascii: "0") }.count
        guard zeros < digits.count else {
            self.isNegative = false
            self.digits = []
            scale = 0
            return
        }
        guard exponent.count <= Self.mostExponentDigits else { return nil }
        let power = exponent.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        scale = (digitsBeforePoint ?? digits.count) - zeros + (isExponentNegative ? -power : power)
        while digits.last == UInt8(ascii: "0") { digits.removeLast() }
        self.isNegative = isNegative
        self.digits = Array(digits.dropFirst(zeros))
    }

    static func areEqual(_ left: JSONNumber, _ right: JSONNumber) -> Bool {
        left.isNegative == right.isNegative && left.scale == right.scale && left.digits == right.digits
    }

    static func isLess(_ left: JSONNumber, _ right: JSONNumber) -> Bool {
        if left.isNegative != right.isNegative { return left.isNegative }
        return left.isNegative ? right.isNearerToZero(than: left) : left.isNearerToZero(than: right)
    }

    private func isNearerToZero(than other: JSONNumber) -> Bool {
        if digits.isEmpty || other.digits.isEmpty { return digits.isEmpty && !other.digits.isEmpty }
        if scale != other.scale { return scale < other.scale }
        return digits.lexicographicallyPrecedes(other.digits)
    }
}
