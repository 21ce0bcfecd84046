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
            AuditValue.list([.text(membership.organization.text), .text(membership.user.text)])
        }
        var json = CanonicalJSON()
        json.write(["email": .text(email.text), "memberships": .list(pairs)])
        return HexText.text(try sha256(json.bytes))
    }
}
