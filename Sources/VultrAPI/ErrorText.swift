import Foundation

/// What Vultr says about an error, made fit to be shown: for people only, nothing is ever decided by it.
enum ErrorText {
    /// The longest message in characters.
    static let longest = 200

    private struct Body: Decodable {
        let error: String
    }

    /// The `error` text of a JSON body without anything that looks like an email, without the key and without control
    /// characters; `nil` where there is none, as in an HTML page.
    static func reading(_ body: Data, hiding secret: Secret) -> String? {
        // Not JSON is an ordinary case here (a proxy's HTML page) and carries nothing worth showing.
        guard let text = try? JSONDecoder().decode(Body.self, from: body).error else { return nil }
        let printable = String(
            String.UnicodeScalarView(secret.removed(from: text).unicodeScalars.map { isPlain($0) ? $0 : " " })
        )
        let words = printable.split(separator: " ").map { word in
            word.unicodeScalars.contains(where: isAt) || word.lowercased().contains("%40") ? "<removed>" : String(word)
        }
        return words.isEmpty ? nil : cut(words.joined(separator: " "))
    }

    /// The text cut to ``longest`` characters.
    static func cut(_ text: String) -> String {
        text.count <= longest ? text : String(text.prefix(longest - 1)) + "…"
    }

    /// The commercial at and its full-width and small forms.
    private static func isAt(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "@" || scalar == "\u{FF20}" || scalar == "\u{FE6B}"
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
        default: true
        }
    }
}
