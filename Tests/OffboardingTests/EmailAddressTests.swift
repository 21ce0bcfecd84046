import Testing

@testable import Offboarding

@Suite("Email addresses (rule 1)")
struct EmailAddressTests {
    @Test("A to Z are folded and nothing else is")
    func foldsASCIIOnly() throws {
        #expect(try EmailAddress("Avery.STONE@Example.COM") == EmailAddress("avery.stone@example.com"))
        #expect(try EmailAddress("ÄRGER@example.com") != EmailAddress("ärger@example.com"))
        #expect(try EmailAddress("İ@example.com").text == "İ@example.com")
    }

    @Test("composed and decomposed forms are the same address")
    func composes() throws {
        let composed = try EmailAddress("ren\u{E9}@example.com")
        let decomposed = try EmailAddress("rene\u{301}@example.com")
        #expect(composed == decomposed)
        #expect(composed.hashValue == decomposed.hashValue)
    }

    @Test(
        "look-alikes are other people",
        arguments: [
            ("stra\u{DF}e@example.com", "strasse@example.com"),
            ("\u{FF41}very@example.com", "avery@example.com"),
            ("avery+x@example.com", "avery@example.com"),
            ("a.very@example.com", "avery@example.com"),
            ("avery@mail.example.com", "avery@example.com"),
            ("avery@example.com.evil.example", "avery@example.com"),
            ("xavery@example.com", "avery@example.com"),
            ("averyx@example.com", "avery@example.com"),
            ("\u{430}very@example.com", "avery@example.com"),
            ("avery\u{200B}@example.com", "avery@example.com"),
        ]
    )
    func nearMisses(one: String, other: String) throws {
        #expect(try EmailAddress(one) != EmailAddress(other))
    }

    @Test(
        "unusable addresses say why",
        arguments: [
            ("", UnusableEmail.notOneAt), ("avery", .notOneAt), ("a@b@c", .notOneAt), ("@example.com", .emptySide),
            ("avery@", .emptySide), ("avery stone@example.com", .whiteSpace), (" avery@example.com", .whiteSpace),
            ("avery@example.com\n", .whiteSpace), ("avery\u{A0}@example.com", .whiteSpace),
            ("avery\u{0}@example.com", .controlCharacter), ("avery\u{85}@example.com", .whiteSpace),
            ("avery\u{7F}@example.com", .controlCharacter), ("avery,dana@example.com", .comma),
            ("\u{212A}im@example.com", .disguisedASCII), ("avery@example.com\u{37E}", .disguisedASCII),
        ]
    )
    func unusable(given: String, reason: UnusableEmail) {
        #expect(throws: reason) { try EmailAddress(given) }
    }

    @Test("254 bytes are usable and 255 are not")
    func length() throws {
        let domain = "@example.com"
        let longest = String(repeating: "a", count: 254 - domain.utf8.count) + domain
        #expect(try EmailAddress(longest).text == longest)
        #expect(throws: UnusableEmail.tooLong) { try EmailAddress("a" + longest) }
    }

    @Test("a description never shows the address")
    func redacted() throws {
        let address = try EmailAddress("avery.stone@example.com")
        #expect(!"\(address)".contains("avery"))
        #expect(address.domain == "example.com")
    }

    @Test("a Vultr row with an unusable email matches nobody and keeps its id")
    func rowWithKelvinSign() {
        let row = VultrUser(id: UserID("u1"), email: "\u{212A}im@example.com", isServiceUser: false)
        #expect(row.address == nil)
        #expect(row.id == UserID("u1"))
    }
}
