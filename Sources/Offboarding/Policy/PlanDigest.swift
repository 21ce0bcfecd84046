/// SHA-256 over bytes, 32 bytes; handed in, since the domain knows no C.
public typealias SHA256Function = @Sendable ([UInt8]) throws -> [UInt8]

extension Plan {
    /// The plan's digest (rule 17): lower-case hex SHA-256 of the RFC 8785 JSON of
    /// `{"email":…,"memberships":[[organization id, user id],…]}`, memberships sorted.
    public func digest(sha256: SHA256Function) throws -> String {
        try Self.digest(email: email, memberships: memberships, sha256: sha256)
    }

    static func digest(email: EmailAddress, memberships: [Membership], sha256: SHA256Function) throws -> String {
        let pairs = memberships.sorted().map { membership in
            "[" + canonical(membership.organization.text) + "," + canonical(membership.user.text) + "]"
        }
        let json = "{\"email\":" + canonical(email.text) + ",\"memberships\":[" + pairs.joined(separator: ",") + "]}"
        let digits = Array("0123456789abcdef".utf8)
        let hex = try sha256(Array(json.utf8)).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return String(decoding: hex, as: UTF8.self)
    }

    /// A string as RFC 8785, section 3.2.2.2, writes it.
    static func canonical(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\u{8}": out += "\\b"
            case "\u{9}": out += "\\t"
            case "\u{A}": out += "\\n"
            case "\u{C}": out += "\\f"
            case "\u{D}": out += "\\r"
            case ..<" ":
                let hex = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}
