/// The ways in which a body is changed on its way: by an editor, a proxy, or a program that writes JSON anew.
enum BodyVariants {
    struct Variant {
        let description: String
        let body: [UInt8]
    }

    /// Every variant that differs from the body.
    static func all(of body: [UInt8]) -> [Variant] {
        (lineEnds(of: body) + rewritten(body)).filter { $0.body != body }
    }

    private static func lineEnds(of body: [UInt8]) -> [Variant] {
        let line: UInt8 = 0x0A
        let carriage: UInt8 = 0x0D
        let unix = withoutCarriages(body)
        let windows = unix.flatMap { $0 == line ? [carriage, line] : [$0] }
        let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 || byte == line || byte == carriage }
        let trimmed = Array(body.drop(while: isBlank).reversed().drop(while: isBlank).reversed())
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        return [
            Variant(description: "without the line's end behind it", body: trimmedEnd(body)),
            Variant(description: "with a line's end (LF) behind it", body: body + [line]),
            Variant(description: "with a line's end (CR LF) behind it", body: body + [carriage, line]),
            Variant(description: "with LF instead of CR LF", body: unix),
            Variant(description: "with CR LF instead of LF", body: windows),
            Variant(description: "without the white space around it", body: trimmed),
            Variant(
                description: "without the byte order mark",
                body: body.starts(with: mark) ? Array(body.dropFirst(3)) : body
            ),
            Variant(description: "with a byte order mark", body: body.starts(with: mark) ? body : mark + body),
        ]
    }

    private static func trimmedEnd(_ body: [UInt8]) -> [UInt8] {
        guard body.last == 0x0A else { return body }
        let rest = body.dropLast()
        return Array(rest.last == 0x0D ? rest.dropLast() : rest)
    }

    private static func withoutCarriages(_ body: [UInt8]) -> [UInt8] {
        body.indices.filter { index in
            body[index] != 0x0D || index + 1 == body.count || body[index + 1] != 0x0A
        }.map { body[$0] }
    }

    /// The longest body in bytes that is written anew: that makes dozens of it.
    private static let longestRewritten = 4_194_304

    /// JSON as common programs write it.
    private static func rewritten(_ body: [UInt8]) -> [Variant] {
        guard body.count <= longestRewritten else { return [] }
        let document: JSONValue
        do { document = try JSONValue(parsing: body) } catch { return [] }
        var variants: [Variant] = []
        for isSorted in [false, true] {
            for spacing in JSONRewriting.Spacing.allCases {
                for characters in JSONRewriting.Characters.allCases {
                    let rewriting = JSONRewriting(spacing: spacing, characters: characters, isSorted: isSorted)
                    let words = [spacing.description, isSorted ? "keys sorted" : nil, characters.description].compactMap
                    { $0 }
                    let written = rewriting.bytes(of: document)
                    let description = "written anew as JSON (\(words.joined(separator: ", "))"
                    variants.append(Variant(description: description + ")", body: written))
                    let ended = description + ", a line's end behind it)"
                    variants.append(Variant(description: ended, body: written + [0x0A]))
                }
            }
        }
        return variants
    }
}
