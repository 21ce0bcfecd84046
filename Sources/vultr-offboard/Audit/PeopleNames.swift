import Foundation
import Offboarding

/// Who is meant by a commitment, as far as the salts that are kept tell.
struct PeopleNames: Sendable {
    private struct Person: Sendable {
        let email: EmailAddress
        let salt: [UInt8]
    }

    /// By the commitment in lower-case hex.
    private let people: [String: Person]

    private static let page = 1000

    /// - Throws: `StoreError`.
    init(_ store: any Store) async throws {
        var people: [String: Person] = [:]
        var last: EmailAddress?
        while true {
            let after = last
            let page = try await store.read { try $0.auditSalts(after: after, limit: Self.page) }
            for (email, salt) in page {
                people[try Self.commitment(email, salt)] = Person(email: email, salt: salt)
            }
            guard let end = page.last else { break }
            last = end.email
        }
        self.people = people
    }

    /// Those of some addresses alone.
    init(of emails: [EmailAddress], in session: any StoreReadings) throws {
        var people: [String: Person] = [:]
        for email in emails {
            guard let salt = try session.auditSalt(of: email) else { continue }
            people[try Self.commitment(email, salt)] = Person(email: email, salt: salt)
        }
        self.people = people
    }

    private static func commitment(_ email: EmailAddress, _ salt: [UInt8]) throws -> String {
        HexText.text(try AuditSalt.commitment(to: email.text, salt: salt, sha256: AuditDigest.sha256))
    }

    /// The address behind a commitment; `nil` where its salt was erased.
    func email(_ commitment: String) -> String? { people[commitment]?.email.text }

    /// `person:NAME` and the like, with the address in place of a commitment.
    func actor(_ text: String) -> String {
        guard text.hasPrefix("person:"), let email = email(String(text.dropFirst("person:".count))) else { return text }
        return "person:\(email)"
    }

    /// `email,salt,commitment`: salts in base64, which `base64 -d` reads.
    var csv: String {
        let rows = people.sorted { $0.value.email.text < $1.value.email.text }.map { commitment, person in
            [person.email.text, Data(person.salt).base64EncodedString(), commitment]
        }
        return CSVText.text(["email", "salt", "commitment"], rows)
    }
}
