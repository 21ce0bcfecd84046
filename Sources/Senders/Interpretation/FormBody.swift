/// A body of `application/x-www-form-urlencoded` (WHATWG URL standard, section 5), as JSON.
public enum FormBody {
    public struct Problem: Error, CustomStringConvertible {
        public let description: String
    }

    /// The form as an object of texts, or the JSON that one of its fields holds. A form without that field is the object:
    /// Slack sends buttons with `payload` and commands without it.
    ///
    /// - Throws: ``Problem`` for a broken escape, a byte order mark, bytes that are no UTF-8, a field that comes twice,
    ///   and a broken JSON field.
    public static func value(of body: [UInt8], json field: String? = nil) throws(Problem) -> JSONValue {
        // It would become part of the first field's name, and the field would seem to be missing.
        guard !body.starts(with: [0xEF, 0xBB, 0xBF]) else {
            throw Problem(description: "the form begins with a byte order mark")
        }
        var members: [JSONValue.Member] = []
        var names: Set<[UInt8]> = []
        for pair in body.split(separator: UInt8(ascii: "&")) {
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            let name = try text(parts[0])
            guard names.insert(Array(name.utf8)).inserted else { throw Problem(description: "a field comes twice") }
            members.append(
                JSONValue.Member(name: name, value: .string(parts.count == 2 ? try text(parts[1]) : ""))
            )
        }
        let form = JSONValue.object(members)
        guard let field, case .string(let json)? = form[field] else { return form }
        do { return try JSONValue(parsing: Array(json.utf8)) } catch {
            throw Problem(description: "the field \(field): \(error)")
        }
    }

    private static func text(_ encoded: ArraySlice<UInt8>) throws(Problem) -> String {
        var bytes: [UInt8] = []
        var rest = encoded
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(0x20)
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(hexDigit), let low = rest.popFirst().flatMap(hexDigit) else {
                    throw Problem(description: "the form has a broken escape")
                }
                bytes.append(high << 4 | low)
            default: bytes.append(byte)
            }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Problem(description: "the form is not UTF-8")
        }
        return text
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
