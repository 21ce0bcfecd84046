/// Text as mail carries it everywhere (RFC 2045, section 6.7).
enum QuotedPrintable {
    /// The longest line, the `=` at its end included.
    private static let longestLine = 76
    private static let digits = Array("0123456789ABCDEF")

    /// The text in lines that end in CRLF.
    static func encode(_ text: String) -> String {
        var encoded = ""
        let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
        for (index, line) in lines.enumerated() {
            append(line, to: &encoded)
            if index < lines.count - 1 { encoded += "\r\n" }
        }
        return encoded
    }

    private static func append(_ line: Substring, to encoded: inout String) {
        let bytes = Array(line.utf8)
        var length = 0
        for (index, byte) in bytes.enumerated() {
            let isLast = index == bytes.count - 1
            let piece: String
            switch byte {
            case 0x20 where !isLast, 0x21...0x3C, 0x3E...0x7E: piece = String(UnicodeScalar(byte))
            default: piece = "=" + String([digits[Int(byte >> 4)], digits[Int(byte & 15)]])
            }
            // Room for the = that says that the line goes on.
            if length + piece.count > longestLine - 1 {
                encoded += "=\r\n"
                length = 0
            }
            encoded += piece
            length += piece.count
        }
    }
}
