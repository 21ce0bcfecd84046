public import Offboarding
public import StrictYAML

/// Where the email of a person is asked for, whom a sender names by an id only, as data (design section 5a, `lookup`).
/// Holds references to secrets, no secret.
public struct LookupRule: Sendable {
    /// A header of the request, whose value is a secret.
    public struct Header: Sendable {
        public let name: String
        public let value: SecretReference
    }

    /// What an answer says.
    public enum Answer: Sendable, Equatable {
        case email(EmailAddress)
        /// Why it names nobody in a usable way; without an email.
        case unusable(String)
    }

    /// Where the id stands in ``url``.
    public static let placeholder = "{id}"

    /// With one ``placeholder``, in its path.
    public let url: String
    /// Where an event names the person.
    public let id: JSONPath
    public let headers: [Header]
    /// Paths in the answer, in order; the first one with a value counts.
    public let email: [JSONPath]
    /// Whether the host may be in a private network or this machine.
    public let allowPrivate: Bool

    /// The URL for one person.
    ///
    /// The id is percent-encoded down to what is unreserved (RFC 3986, section 2.3), so that it stays within its place in
    /// the path.
    /// - Returns: `nil` for an id that cannot be a part of a path: empty, too long, `.` or `..`.
    public func url(for id: String) -> String? {
        guard (1...Lookup.longestID).contains(id.utf8.count), id != ".", id != ".." else { return nil }
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in id.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: bytes.append(byte)
            default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        let parts = url.split(separator: Self.placeholder, maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        return parts[0] + String(decoding: bytes, as: UTF8.self) + parts[1]
    }

    /// Reads the email out of an answer, by rule 1: two different ones at one path are none.
    public func answer(in body: [UInt8]) -> Answer {
        let document: JSONValue
        do { document = try JSONValue(parsing: body) } catch { return .unusable("the answer cannot be read: \(error)") }
        for path in email {
            let values = path.values(in: document, body: document).filter { !$0.isNull }
            var emails: [EmailAddress] = []
            for value in values {
                guard case .string(let text) = value else { return .unusable("the email in the answer is no text") }
                do {
                    let email = try EmailAddress(text)
                    if !emails.contains(email) { emails.append(email) }
                } catch {
                    return .unusable("the email in the answer cannot be used: \(error.rawValue)")
                }
            }
            guard let email = emails.first else { continue }
            return emails.count == 1 ? .email(email) : .unusable("the answer holds two different emails")
        }
        return .unusable("the answer has no email")
    }
}
