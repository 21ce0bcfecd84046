/// How the end of a request's body is told (RFC 9112 section 6), or why that cannot be told safely.
///
/// libmicrohttpd looks at the first field of a name only, takes `Transfer-Encoding` before `Content-Length` and reads
/// to the connection's end where it does not know the encoding. A proxy in front may decide otherwise, so whatever two
/// readers could read differently is refused.
enum Framing: Sendable, Equatable {
    /// No body is announced.
    case noBody
    /// A body of this many bytes, 0 included.
    case length(Int)
    case chunked
    case broken(Defect)

    /// What is wrong, in words for the log.
    enum Defect: String, Sendable {
        case repeatedContentLength = "repeated Content-Length"
        case malformedContentLength = "malformed Content-Length"
        case lengthWithEncoding = "Content-Length beside Transfer-Encoding"
        case unknownEncoding = "Transfer-Encoding other than chunked"
        case encodingInOldVersion = "Transfer-Encoding in HTTP/1.0"
        case missingHost = "HTTP/1.1 without Host"
        case repeatedHost = "repeated Host"
        case brokenLine = "header line folded, nameless or cut by a zero byte"
        case malformedHeader = "characters in a header that may not be there"
        case malformedTarget = "characters in the request line that may not be there"
    }

    /// Examines the fields that decide it. Their values have no white space around them.
    init(version: String, headers: HeaderFields) {
        let (length, lengths) = headers.look(up: "content-length")
        let (encoding, encodings) = headers.look(up: "transfer-encoding")
        let hosts = headers.count(of: "host")
        let isOld = version == "HTTP/1.0"
        if hosts > 1 {
            self = .broken(.repeatedHost)
        } else if hosts == 0 && !isOld {
            self = .broken(.missingHost)
        } else if encodings > 0 {
            let only = encodings == 1 ? encoding : nil
            self = Self.encoded(only ?? "", besideLength: lengths > 0, isOld: isOld)
        } else if lengths > 1 {
            self = .broken(.repeatedContentLength)
        } else if let length {
            self = Self.announced(length)
        } else {
            self = .noBody
        }
    }

    private static func encoded(_ encoding: String, besideLength: Bool, isOld: Bool) -> Framing {
        if besideLength { return .broken(.lengthWithEncoding) }
        if isOld { return .broken(.encodingInOldVersion) }
        return encoding.lowercasedASCII == "chunked" ? .chunked : .broken(.unknownEncoding)
    }

    private static func announced(_ text: String) -> Framing {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return .broken(.malformedContentLength)
        }
        // Digits that are no Int are a length too: far over any limit.
        return .length(Int(text) ?? .max)
    }

    /// Whether bytes of a body are still to come behind the head, or might be.
    var leavesBodyUnread: Bool {
        switch self {
        case .noBody, .length(0): false
        case .length, .chunked, .broken: true
        }
    }
}

extension String {
    /// A to Z folded, everything else left alone: header names and encodings are ASCII (RFC 9110 section 5.1).
    var lowercasedASCII: String {
        String(decoding: utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }
}
