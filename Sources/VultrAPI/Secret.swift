/// An API key. It shows itself nowhere: not in a description, not in a mirror, not in interpolation.
struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Why a text cannot be a key. The text is never part of it.
    enum Unusable: String, Error {
        case empty = "the secret is empty"
        case notPrintable = "the secret holds a character that cannot be in a header"
    }

    private let text: String

    /// - Throws: ``Unusable`` for what HTTP would refuse as a header value: the HTTP client's own refusal shows it.
    init(_ text: String) throws(Unusable) {
        guard !text.isEmpty else { throw .empty }
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { throw .notPrintable }
        self.text = text
    }

    /// The value of the `Authorization` header.
    var authorization: String { "Bearer " + text }

    /// Whether both are the same key, in a time that does not depend on where they differ.
    func matches(_ other: Secret) -> Bool {
        let left = Array(text.utf8)
        let right = Array(other.text.utf8)
        guard left.count == right.count else { return false }
        var difference: UInt8 = 0
        for index in left.indices { difference |= left[index] ^ right[index] }
        return difference == 0
    }

    /// The given text with every occurrence of the key taken out.
    func removed(from given: String) -> String {
        given.split(separator: text, omittingEmptySubsequences: false).joined(separator: "<key>")
    }

    var description: String { "<key>" }
    var debugDescription: String { "<key>" }
    var customMirror: Mirror { Mirror(self, children: []) }
}
