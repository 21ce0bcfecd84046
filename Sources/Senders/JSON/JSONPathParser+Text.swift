/// Texts in quotes (RFC 9535, section 2.3.1.1).
extension JSONPathParser {
    mutating func quotedText() throws(JSONPath.Problem) -> String {
        guard let quote = peek else { throw problem("a text in quotes is expected") }
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
        guard let scalar = peek else { throw problem("the closing quote is missing") }
        position += 1
        switch scalar {
        case "b": return "\u{8}"
        case "f": return "\u{C}"
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "/", "\\": return scalar
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
}
