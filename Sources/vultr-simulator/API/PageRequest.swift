import Foundation

/// `per_page` and `cursor` of a request for a list.
struct PageRequest: Sendable {
    /// `nil` where the request leaves it to the API.
    let perPage: Int?
    /// As given out, percent-decoded; `nil` for the first page.
    let cursor: String?

    /// - Throws: ``Refusal`` for a `per_page` that is no positive number, and for a cursor that is not percent-encoded.
    init(query: String?) throws(Refusal) {
        var perPage: Int?
        var cursor: String?
        for parameter in (query ?? "").split(separator: "&") {
            let parts = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = parts.count > 1 ? String(parts[1]) : ""
            switch parts[0] {
            case "per_page":
                guard let number = Int(value), number > 0 else { throw Refusal(text: "Invalid per_page.") }
                perPage = number
            case "cursor":
                guard !value.isEmpty else { continue }
                guard value.utf8.allSatisfy(Self.mayStandBare), let decoded = value.removingPercentEncoding else {
                    throw Refusal(text: "Invalid cursor.")
                }
                cursor = decoded
            default:
                continue
            }
        }
        self.perPage = perPage
        self.cursor = cursor
    }

    /// Answered with 400.
    struct Refusal: Error {
        let text: String
    }

    /// RFC 3986, 2.3: unreserved characters, and the percent sign of an encoded one.
    private static func mayStandBare(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"), UInt8(ascii: "%"):
            true
        default: false
        }
    }
}
