import Senders
import Testing

@Suite("Strict JSON")
struct JSONTests {
    func code(_ text: String) -> JSONError.Code? { code(Array(text.utf8)) }

    func code(_ bytes: [UInt8]) -> JSONError.Code? {
        do {
            _ = try JSONValue(parsing: bytes)
            return nil
        } catch { return error.code }
    }

    @Test(
        "valid documents are read",
        arguments: [
            "null", " true ", "false", "0", "-0", "-1.5e+10", "1E400", "123456789012345678901234567890", "\"\"", "[]",
            "{}",
            "[1,[2,{\"a\":null}]]", "\"\\u0041\\ud83d\\ude00\\n\\/\"", "{\"a\":1,\"A\":2,\"\":3}", "\t\r\n[ ] ",
            "\"é☺\u{1F600}\"",
        ]
    )
    func valid(_ text: String) { #expect(code(text) == nil) }

    @Test("what RFC 8259 does not allow is refused")
    func invalid() {
        let cases: [(String, JSONError.Code)] = [
            ("", .unexpectedEnd), (" ", .unexpectedEnd), ("{", .unexpectedEnd), ("[1,", .unexpectedEnd),
            ("\"a", .unexpectedEnd), ("tru", .unexpectedEnd), ("nul1", .unexpectedByte), ("[1,]", .unexpectedByte),
            ("{\"a\":1,}", .unexpectedByte), ("{a:1}", .unexpectedByte), ("{'a':1}", .unexpectedByte),
            ("[1 2]", .unexpectedByte), ("{\"a\" 1}", .unexpectedByte), ("NaN", .unexpectedByte),
            ("+1", .unexpectedByte),
            ("01", .invalidNumber), ("-", .invalidNumber), ("1.", .invalidNumber), ("1e", .invalidNumber),
            (".5", .unexpectedByte), ("0x10", .trailingBytes), ("1 1", .trailingBytes), ("{}{}", .trailingBytes),
            ("// x\n1", .unexpectedByte), ("\u{FEFF}1", .unexpectedByte), ("\"\n\"", .controlCharacter),
            ("\"\\x\"", .invalidEscape), ("\"\\u12g4\"", .invalidEscape), ("\"\\ud800\"", .loneSurrogate),
            ("\"\\ud800\\n\"", .loneSurrogate), ("\"\\ud800\\ud800\"", .loneSurrogate), ("\"\\udc00\"", .loneSurrogate),
        ]
        for (text, expected) in cases { #expect(code(text) == expected, "\(text)") }
    }

    @Test("bytes that are no UTF-8 are refused, also overlong ones, surrogates and halves beside an escape")
    func utf8() {
        for bytes: [UInt8] in [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xE2, 0x82], [0xF5, 0x80, 0x80, 0x80]] {
            #expect(code([0x22] + bytes + [0x22]) == .invalidUTF8)
        }
        #expect(code([0x22, 0xC3] + Array("\\u00a9\"".utf8)) == .invalidUTF8)
    }

    @Test("a name that comes twice is refused, also by an escape, however deep; equal looks do not count")
    func duplicateNames() {
        #expect(code(#"{"a":1,"a":1}"#) == .duplicateName)
        #expect(code(#"{"a":1,"\u0061":1}"#) == .duplicateName)
        #expect(code(#"[{"x":{"b":{"a":1,"c":2,"a":3}}}]"#) == .duplicateName)
        #expect(code(#"{"a":{"a":1},"b":{"a":1}}"#) == nil)
        #expect(code("{\"\u{E9}\":1,\"e\u{301}\":2}") == nil)
    }

    @Test("64 levels are read, 65 are not, and a million do no harm")
    func depth() {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(code(nested(64)) == nil)
        #expect(code(nested(65)) == .tooDeep)
        #expect(code(String(repeating: "[", count: 1_000_000)) == .tooDeep)
        #expect(code(String(repeating: "{\"a\":", count: 65) + "1" + String(repeating: "}", count: 65)) == .tooDeep)
    }

    @Test("values are what they were written as")
    func values() throws {
        let value = try JSONValue(parsing: Array(#"{"n":1.50,"b":true,"s":"\ud83d\ude00","z":null}"#.utf8))
        #expect(value["n"]?.scalarText == "1.50")
        #expect(value["b"]?.scalarText == "true")
        #expect(value["s"]?.scalarText == "\u{1F600}")
        #expect(value["z"]?.isNull == true)
        #expect(value["absent"] == nil)
    }

    @Test("a decomposed name is not the composed one")
    func names() throws {
        let value = try JSONValue(parsing: Array("{\"e\u{301}\":1}".utf8))
        #expect(value["\u{E9}"] == nil)
        #expect(value["e\u{301}"] != nil)
    }
}
