/// Comma-separated values as RFC 4180 writes them: lines end with CR and LF, quotes only where they are needed.
enum CSVText {
    /// A heading and rows of as many cells, each line with its end.
    static func text(_ heading: [String], _ rows: [[String]]) -> String {
        ([heading] + rows).map(row).joined()
    }

    /// One line with its end.
    static func row(_ cells: [String]) -> String { cells.map(cell).joined(separator: ",") + "\r\n" }

    /// A cell that no spreadsheet takes for a formula: names and emails are other people's to choose.
    ///
    /// Looked at scalar by scalar: a quote with a combining mark behind it is one character, and a quote all the same.
    static func cell(_ text: String) -> String {
        let scalars = text.unicodeScalars
        let isFormula = scalars.first.map { formulaBeginnings.contains($0) } ?? false
        let isPlain = !scalars.contains { $0 == "," || $0 == "\"" || $0 == "\r" || $0 == "\n" }
        var cell = String.UnicodeScalarView()
        if !isPlain { cell.append("\"") }
        if isFormula { cell.append("'") }
        for scalar in scalars {
            if scalar == "\"" { cell.append(scalar) }
            cell.append(scalar)
        }
        if !isPlain { cell.append("\"") }
        return String(cell)
    }

    /// What spreadsheets take for the beginning of a formula, the wide forms of East Asian ones among it.
    private static let formulaBeginnings: Set<Unicode.Scalar> = [
        "=", "+", "-", "@", "\t", "\r", "\n", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}",
    ]
}
