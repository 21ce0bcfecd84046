import Testing

@testable import vultr_offboard

@Suite("Comma-separated values")
struct CSVTextTests {
    @Test(
        "cells are quoted where they must be, and never begin a formula",
        arguments: [
            ("plain", "plain"), ("", ""), ("a,b", "\"a,b\""), ("say \"why\"", "\"say \"\"why\"\"\""),
            ("two\r\nlines", "\"two\r\nlines\""), ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"),
            ("@SUM(A1,A2)", "\"'@SUM(A1,A2)\""), ("\tx", "'\tx"), ("\rx", "\"'\rx\""), ("\u{FF1D}1", "'\u{FF1D}1"),
            ("a\"\u{301}b", "\"a\"\"\u{301}b\""), ("a,\u{301}b", "\"a,\u{301}b\""),
        ]
    )
    func cells(_ text: String, _ cell: String) {
        #expect(CSVText.cell(text).unicodeScalars.elementsEqual(cell.unicodeScalars))
    }

    @Test("every line ends with CR and LF")
    func lines() {
        #expect(CSVText.text(["a", "b"], [["1", "2"]]) == "a,b\r\n1,2\r\n")
    }
}
