import WebhookSignature

/// A request that somebody kept: a text of `Name: value` lines, and the bytes of the body.
public struct CapturedRequest: Sendable {
    /// Why a text of headers cannot be read. Names the line, never shows it.
    public struct Problem: Error, Equatable, CustomStringConvertible {
        public let description: String
    }

    /// The most bytes of headers that are read; no listener of ours takes as many.
    public static let longestHead = 65_536

    /// The request line's method and target, where the text begins with one.
    public let requestLine: (method: String, target: String)?
    public internal(set) var headers: [(name: String, value: String)]
    public internal(set) var body: [UInt8]

    public init(headers: [(name: String, value: String)], body: [UInt8]) {
        requestLine = nil
        self.headers = headers
        self.body = body
    }

    /// Reads headers as they stand in a capture: `Name: value` lines, perhaps with the request line first, or what
    /// `curl -v` writes (`> Name: value`; what it says about itself and the answer is passed over). An empty line ends
    /// them.
    ///
    /// - Throws: ``Problem`` with the number of the line that is no header.
    public init(head: [UInt8], body: [UInt8]) throws(Problem) {
        guard head.count <= Self.longestHead else {
            throw Problem(description: "the headers are over \(Self.longestHead) bytes")
        }
        let lines = String(decoding: head, as: UTF8.self).split(
            omittingEmptySubsequences: false,
            whereSeparator: \.isNewline
        )
        let isVerbose = lines.contains { $0.hasPrefix("> ") }
        var requestLine: (method: String, target: String)?
        var headers: [(name: String, value: String)] = []
        for (index, whole) in lines.enumerated() {
            var line = whole
            if isVerbose {
                guard line.hasPrefix(">") else { continue }
                line = line.dropFirst().drop { $0 == " " }
            }
            if line.isEmpty {
                if headers.isEmpty, requestLine == nil { continue }
                break
            }
            if headers.isEmpty, requestLine == nil, let found = Self.requestLine(line) {
                requestLine = found
                continue
            }
            headers.append(try Self.header(line, number: index + 1))
        }
        self.requestLine = requestLine
        self.headers = headers
        self.body = body
    }

    /// The values of a header, whose name has no case.
    public func values(of name: String) -> [String] {
        headers.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    }

    /// The values of a header as a verifier asks for them.
    func headerValues(_ name: String) -> HeaderValues { HeaderValues(values(of: name)) }

    /// The path of the request line, without the query.
    var path: String? { requestLine.map { String($0.target.prefix { $0 != "?" }) } }

    /// What follows the `?` of the target.
    var query: String? {
        guard let target = requestLine?.target, let mark = target.firstIndex(of: "?") else { return nil }
        return String(target[target.index(after: mark)...])
    }

    private static func requestLine(_ line: Substring) -> (method: String, target: String)? {
        let parts = line.split(separator: " ")
        guard parts.count >= 2, parts[0].utf8.allSatisfy({ (0x41...0x5A).contains($0) }), !parts[0].isEmpty,
            parts[1].hasPrefix("/") || parts[1].hasPrefix("http")
        else { return nil }
        return (String(parts[0]), String(parts[1]))
    }

    private static func header(_ line: Substring, number: Int) throws(Problem) -> (name: String, value: String) {
        guard let colon = line.firstIndex(of: ":"), colon > line.startIndex else {
            throw Problem(description: "line \(number) of the headers is no `Name: value`")
        }
        let name = line[..<colon]
        guard !name.contains(where: \.isWhitespace) else {
            throw Problem(description: "line \(number) of the headers has white space in the name")
        }
        let value = line[line.index(after: colon)...]
        let isBlank = { (character: Character) in character == " " || character == "\t" }
        let trimmed = value.drop(while: isBlank).reversed().drop(while: isBlank).reversed()
        return (String(name), String(trimmed))
    }
}
