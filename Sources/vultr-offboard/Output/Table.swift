import Presentation

/// Rows under headings, in columns that line up.
struct Table: Sendable {
    /// A cell: text, and perhaps what it means.
    struct Cell: Sendable, ExpressibleByStringLiteral {
        let text: String
        let colour: Colour?

        /// - Parameter text: control characters in it are shown as `?`: names come from Vultr and from senders, and a
        ///   terminal would act on them.
        init(_ text: String?, _ colour: Colour? = nil) {
            let shown = text.flatMap { $0.isEmpty ? nil : $0 } ?? "-"
            self.text = HarmlessText.text(shown)
            self.colour = colour
        }

        init(stringLiteral text: String) { self.init(text) }
    }

    let headings: [String]
    private(set) var rows: [[Cell]] = []

    init(_ headings: String...) { self.headings = headings }

    mutating func add(_ cells: Cell...) { rows.append(cells) }

    /// The table as text, without a line's end behind the last row.
    func text(colours: Bool) -> String {
        let widths = headings.indices.map { column in
            max(headings[column].count, rows.map { $0[column].text.count }.max() ?? 0)
        }
        let heading = Self.line(headings.map { Cell($0, .faint) }, widths, colours: colours)
        return ([heading] + rows.map { Self.line($0, widths, colours: colours) }).joined(separator: "\n")
    }

    private static func line(_ cells: [Cell], _ widths: [Int], colours: Bool) -> String {
        var line = ""
        for (column, cell) in cells.enumerated() {
            let painted = colours ? cell.colour.map { $0.paint(cell.text) } ?? cell.text : cell.text
            line += painted
            // Nothing behind the last column: spaces at the end of a line are noise for whoever copies it.
            if column < cells.count - 1 {
                line += String(repeating: " ", count: widths[column] - cell.text.count + 2)
            }
        }
        return line
    }
}
