import Foundation
import HTTPListener

/// A request that was found to be allowed, on its way to what answers it.
struct ConsoleRequest: Sendable {
    let head: RequestHead
    let body: [UInt8]
    let caller: Caller
    let person: Operator
    /// What stands in the path where the route has a parameter.
    let parameter: String
    let query: FormFields

    /// The body of a page's form.
    ///
    /// - Throws: ``ConsoleError`` where it is none.
    var form: FormFields {
        get throws {
            guard let text = String(validating: body, as: UTF8.self), let form = FormFields(text) else {
                throw ConsoleError.badRequest("the form cannot be read")
            }
            return form
        }
    }
}

/// Names and values as queries and forms carry them (`application/x-www-form-urlencoded`).
struct FormFields: Sendable {
    private let fields: [(name: String, value: String)]

    static let none = FormFields(fields: [])

    private init(fields: [(name: String, value: String)]) { self.fields = fields }

    /// - Returns: `nil` where the text is not well-formed: an escape that is none, bytes that are no UTF-8, a name twice.
    init?(_ text: String) {
        var fields: [(name: String, value: String)] = []
        for part in text.split(separator: "&", omittingEmptySubsequences: true) {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decoded(pair[0]), let value = Self.decoded(pair.count == 2 ? pair[1] : "") else {
                return nil
            }
            guard !fields.contains(where: { $0.name == name }) else { return nil }
            fields.append((name, value))
        }
        self.fields = fields
    }

    subscript(name: String) -> String? { fields.first { $0.name == name }?.value }

    var names: [String] { fields.map(\.name) }

    private static func decoded(_ text: Substring) -> String? {
        text.replacing("+", with: " ").removingPercentEncoding
    }

    /// A value as it stands in a query.
    static func encoded(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .init(charactersIn: plain)) ?? ""
    }

    private static let plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
}
