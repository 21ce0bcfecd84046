import Testing

@testable import WebhookSignature

@Suite("Secrets, templates and digests")
struct SecretTests {
    @Test("a secret is never shown by what prints it")
    func redacted() throws {
        let secret = try Secret(name: "2026-11", text: "hunter2hunter2", encoding: .utf8)
        var dumped = ""
        dump(secret, to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), dumped, "\([secret])", "\(Optional(secret) as Any)"] {
            #expect(!text.contains("hunter2"))
            #expect(!text.contains("104"), "the bytes of the secret")
        }
    }

    @Test("each encoding decodes, padding may be left out")
    func encodings() throws {
        #expect(try Secret(text: "whsec_QUI=", encoding: .utf8).bytes == Array("whsec_QUI=".utf8))
        #expect(try Secret(text: "whsec_QUI=", encoding: .whsec).bytes == [65, 66])
        #expect(try Secret(text: "QUI", encoding: .whsec).bytes == [65, 66])
        #expect(try Secret(text: "QUI", encoding: .base64).bytes == [65, 66])
        #expect(try Secret(text: "-_8=", encoding: .base64url).bytes == [0xFB, 0xFF])
        #expect(try Secret(text: "4aB0", encoding: .hex).bytes == [0x4A, 0xB0])
    }

    @Test("a secret that does not decode, or decodes to nothing, is refused without showing it")
    func refused() throws {
        let cases: [(String, Secret.Encoding)] = [
            ("", .utf8), ("", .base64), ("whsec_", .whsec), ("whsec_***", .whsec), ("abc", .hex), ("zz", .hex),
            ("a b=", .base64), ("QUI==", .base64), ("+/==", .base64url),
        ]
        for (text, encoding) in cases {
            let problem = #expect(throws: Secret.Problem.self) { try Secret(text: text, encoding: encoding) }
            #expect(text.isEmpty || problem?.description.contains(text) == false)
        }
    }

    @Test("a secret under 16 bytes is short")
    func short() throws {
        #expect(try Secret(text: String(repeating: "a", count: 15), encoding: .utf8).isShort)
        #expect(try !Secret(text: String(repeating: "a", count: 16), encoding: .utf8).isShort)
    }

    @Test("a template without {body}, with an unknown, repeated or open placeholder is refused")
    func templates() throws {
        for text in ["", "{id}.{timestamp}", "{body}{body}", "{bdy}{body}", "{body", "body}", "{}{body}", "{BODY}"] {
            #expect(throws: ContentTemplate.Problem.self) { try ContentTemplate(text) }
        }
        #expect(
            try ContentTemplate("v0:{timestamp}:{body}").pieces == [.literal("v0:"), .timestamp, .literal(":"), .body]
        )
        #expect(try ContentTemplate("POST{body}").description == "POST{body}")
    }

    @Test("a verifier without a secret, or without the rule for what it signs, cannot be made")
    func incomplete() throws {
        let secret = try Secret(text: "secret", encoding: .utf8)
        let rules = try Scheme.standard()
        #expect(throws: SignatureError.self) { try rules.verifier(secrets: []) }
        #expect(throws: SignatureError.self) { try Scheme.Rules(scheme: rules.scheme).verifier(secrets: [secret]) }
        #expect(throws: SignatureError.self) {
            try Scheme.Rules(scheme: rules.scheme, timestamp: rules.timestamp).verifier(secrets: [secret])
        }
    }

    @Test("SHA-256 of the empty text and of abc, as FIPS 180-4 prints them")
    func digests() throws {
        #expect(
            try SHA256.hexDigest(of: []) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        )
        #expect(
            try SHA256.hexDigest(of: Array("abc".utf8))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        )
    }

    @Test("no type of a secret can be compared with ==, by which time would tell where two differ")
    func incomparable() {
        let types: [Any.Type] = [Secret.self, MessageAuthenticator.self, SignatureVerifier.self]
        for type in types { #expect(!(type is any Equatable.Type), "\(type)") }
    }

    @Test("the comparison takes as long for a difference at the start as for one at the end")
    func duration() {
        let length = 1 << 20
        let right = [UInt8](repeating: 7, count: length)
        /// The shortest of many, so that whoever else uses the machine does not count.
        func shortest(differingAt position: Int) -> Duration {
            var other = right
            other[position] = 8
            return (0..<50).map { _ in
                ContinuousClock().measure { #expect(!ConstantTime.equal(right, other)) }
            }.min() ?? .zero
        }
        let (first, last) = (shortest(differingAt: 0), shortest(differingAt: length - 1))
        // One that ends at the first difference is some ten thousand times as fast.
        #expect(first > last / 4, "\(first) and \(last)")
    }

    @Test("values of different length are unequal, also where one begins with the other")
    func comparison() {
        #expect(ConstantTime.equal([], []))
        #expect(ConstantTime.equal([1, 2], [1, 2]))
        #expect(!ConstantTime.equal([1, 2], [1, 3]))
        #expect(!ConstantTime.equal([1, 2], [1, 2, 3]))
        #expect(!ConstantTime.equal([], [0]))
    }
}
