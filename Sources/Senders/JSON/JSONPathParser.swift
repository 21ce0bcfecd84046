/// Reads a JSONPath by the grammar of RFC 9535, section 2.
struct JSONPathParser {
    /// The largest index, that of interoperable JSON numbers (RFC 7493, section 2.2).
    private static let largestIndex = 9_007_199_254_740_991

    private let scalars: [Unicode.Scalar]
    private var position = 0

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    mutating func path() throws(JSONPath.Problem) -> (isOfWholeBody: Bool, segments: [[JSONPath.Selector]]) {
        guard take("$") else { throw problem("a path begins with $") }
        let isOfWholeBody = take("$")
        var segments: [[JSONPath.Selector]] = []
        while position < scalars.count {
            skipBlanks()
            segments.append(try segment())
        }
        return (isOfWholeBody, segments)
    }

    private mutating func segment() throws(JSONPath.Problem) -> [JSONPath.Selector] {
        if take("[") { return try bracketed() }
        guard take(".") else { throw problem("'.' or '[' is expected") }
        if peek == "." { throw problem("descendants (..) are not read yet") }
        if take("*") { return [.wildcard] }
        return [.name(try shorthandName())]
    }

    private mutating func shorthandName() throws(JSONPath.Problem) -> String {
        var name = String.UnicodeScalarView()
        while let scalar = peek {
            let isLetter = scalar == "_" || (scalar.isASCII ? scalar.properties.isAlphabetic : true)
            guard isLetter || (!name.isEmpty && ("0"..."9").contains(scalar)) else { break }
            name.append(scalar)
            position += 1
        }
        guard !name.isEmpty else { throw problem("a name is expected; others than letters, digits and _ need ['…']") }
        return String(name)
    }

    private mutating func bracketed() throws(JSONPath.Problem) -> [JSONPath.Selector] {
        var selectors: [JSONPath.Selector] = []
        repeat {
            skipBlanks()
            selectors.append(try selector())
            skipBlanks()
        } while take(",")
        guard take("]") else {
            throw problem(peek == ":" ? "slices (:) are not read yet" : "']' is expected")
        }
        return selectors
    }

    private mutating func selector() throws(JSONPath.Problem) -> JSONPath.Selector {
        switch peek {
        case "*":
            position += 1
            return .wildcard
        case "'", "\"": return .name(try quotedName())
        case "?": throw problem("filters (?) are not read yet")
        case ":": throw problem("slices (:) are not read yet")
        default: return .index(try index())
        }
    }

    private mutating func index() throws(JSONPath.Problem) -> Int {
        let isNegative = take("-")
        var digits = ""
        while let scalar = peek, ("0"..."9").contains(scalar) {
            digits.unicodeScalars.append(scalar)
            position += 1
        }
        guard let number = Int(digits), number <= Self.largestIndex, digits == String(number),
            !(isNegative && number == 0)
        else { throw problem("an index, a name in quotes or * is expected") }
        return isNegative ? -number : number
    }

    private mutating func quotedName() throws(JSONPath.Problem) -> String {
        guard let quote = peek else { throw problem("a name is expected") }
        position += 1
        var name = String.UnicodeScalarView()
        while let scalar = peek {
            position += 1
            if scalar == quote { return String(name) }
            guard scalar.value >= 0x20 else { throw problem("a control character needs an escape") }
            name.append(scalar == "\\" ? try escape(quote: quote) : scalar)
        }
        throw problem("the closing quote is missing")
    }

    private mutating func escape(quote: Unicode.Scalar) throws(JSONPath.Problem) -> Unicode.Scalar {
        let scalar = peek
        position += 1
        switch scalar {
        case "b": return "\u{8}"
        case "f": return "\u{C}"
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "/", "\\": return scalar ?? "/"
        case quote: return quote
        case "u":
            var code = try codeUnit()
            if (0xD800...0xDBFF).contains(code) {
                guard take("\\"), take("u") else { throw problem("half of a surrogate pair") }
                let low = try codeUnit()
                guard (0xDC00...0xDFFF).contains(low) else { throw problem("half of a surrogate pair") }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let decoded = Unicode.Scalar(code) else { throw problem("half of a surrogate pair") }
            return decoded
        default: throw problem("an unknown escape")
        }
    }

    private mutating func codeUnit() throws(JSONPath.Problem) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let scalar = peek, scalar.isASCII, let digit = Character(scalar).hexDigitValue else {
                throw problem("four hex digits are expected")
            }
            code = code << 4 | UInt32(digit)
            position += 1
        }
        return code
    }

    private var peek: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard peek == scalar else { return false }
        position += 1
        return true
    }

    private mutating func skipBlanks() {
        while let scalar = peek, [" ", "\t", "\n", "\r"].contains(scalar) { position += 1 }
    }

    private func problem(_ message: String) -> JSONPath.Problem {
        JSONPath.Problem(description: "is no path that can be read: \(message), at character \(position + 1)")
    }
}
