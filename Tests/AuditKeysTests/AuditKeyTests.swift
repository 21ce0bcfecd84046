import AuditKeys
import Testing

@Suite("Keys of the audit chain")
struct AuditKeyTests {
    private static func bytes(_ hex: String) -> [UInt8] {
        stride(from: 0, to: hex.count, by: 2).compactMap { start in
            let from = hex.index(hex.startIndex, offsetBy: start)
            return UInt8(hex[from..<hex.index(from, offsetBy: 2)], radix: 16)
        }
    }

    /// RFC 8032, section 7.1, test 2, with the private key as PKCS #8 (RFC 8410).
    private static let vector = (
        pem: """
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIEzNCJso/5banbbDRuwRTg9bijGfNaumJNqM9u1PuKb7
        -----END PRIVATE KEY-----

        """,
        publicKey: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        message: [UInt8(0x72)],
        signature: "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )

    @Test("a key that was read signs as RFC 8032 says")
    func publishedVector() throws {
        let key = try SigningKey(pem: Self.vector.pem)
        #expect(key.publicKey == Self.bytes(Self.vector.publicKey))
        #expect(try key.sign(Self.vector.message) == Self.bytes(Self.vector.signature))
        #expect(try key.pem == Self.vector.pem)
    }

    @Test("what a new key signs, its public key verifies, and nothing else")
    func roundTrip() throws {
        let key = try SigningKey()
        let verifying = try VerifyingKey(pem: try VerifyingKey(key.publicKey).pem)
        #expect(verifying.bytes == key.publicKey)
        let message = Array("audit1:1:00".utf8)
        let signature = try SigningKey(pem: try key.pem).sign(message)
        #expect(try verifying.signed(message, with: signature))
        for place in signature.indices {
            var other = signature
            other[place] ^= 1
            #expect(try !verifying.signed(message, with: other))
        }
        #expect(try !verifying.signed(Array("audit1:2:00".utf8), with: signature))
        #expect(try !verifying.signed(message, with: Array(signature.dropLast())))
        #expect(try !verifying.signed(message, with: []))
        #expect(try !VerifyingKey(try SigningKey().publicKey).signed(message, with: signature))
    }

    @Test("what is no key for Ed25519 is refused without showing it")
    func refused() throws {
        let x25519 = """
            -----BEGIN PRIVATE KEY-----
            MC4CAQAwBQYDK2VuBCIEIHcHbQpzGKV9PBbBclGyZkXfTC+H68CZKrF3+6Uduswq
            -----END PRIVATE KEY-----
            """
        let encrypted = """
            -----BEGIN ENCRYPTED PRIVATE KEY-----
            MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAjuJbECdhqvEQICCAAw
            DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEFap3KkwnqjJgA/3dYWDX7kEQLzg
            WYtI7esE4+Piy8q+3vnnwnjxpNwnNsroVVTk0xE/iJxhD90fA4aXidSK+1Jl1X1k
            66yAULU0cOO3p2VbG4k=
            -----END ENCRYPTED PRIVATE KEY-----
            """
        for text in ["", "canary", x25519, encrypted, Self.vector.pem.replacing("MC4C", with: "MC4D")] {
            let error = #expect(throws: AuditKeyError.self) { _ = try SigningKey(pem: text) }
            #expect(error?.code == .notAKey)
            #expect(error?.description.contains("canary") == false)
        }
        #expect(throws: AuditKeyError.self) { _ = try VerifyingKey([1, 2, 3]) }
        #expect(throws: AuditKeyError.self) { _ = try VerifyingKey(pem: Self.vector.pem) }
    }

    @Test("a digest over pieces is the digest over the whole (FIPS 180-4's abc)")
    func pieces() throws {
        let digest = try StreamDigest()
        for piece in ["a", "", "bc"] { try digest.add(Array(piece.utf8)) }
        #expect(
            try digest.finish()
                == Self.bytes("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        )
    }
}
