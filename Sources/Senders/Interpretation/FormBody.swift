/// A body of `application/x-www-form-urlencoded` (WHATWG URL standard, section 5), as JSON.
enum FormBody {
    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    /// The form as an object of texts, or the JSON that one of its fields holds.
    ///
    /// - Throws: ``Problem`` for a broken escape, bytes that are no UTF-8, a field that comes twice, and a missing or
    ///   broken JSON field.
    static func value(of body: [UInt8], json field: String?) throws(Problem) -> JSONValue {
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
        guard let field else { return form }
        guard case .string(let json)? = form[field] else { throw Problem(description: "the field \(field) is missing") }
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
        Character(Unicode.Scalar(byte)).hexDigitValue.map(UInt8.init)
    }
}
