/// What a store writes the chain with.
public struct AuditParts: Sendable {
    public let sha256: SHA256Function
    /// Signs the chain's head; `nil` leaves the chain linked and unsigned.
    public let signer: (any AuditSigner)?
    public let time: any TimeSource
    /// 32 random bytes that nobody can guess.
    public let salt: @Sendable () -> [UInt8]

    public init(
        sha256: @escaping SHA256Function,
        signer: (any AuditSigner)? = nil,
        time: any TimeSource = SystemTime(),
        salt: @escaping @Sendable () -> [UInt8] = { AuditSalt.random(32) }
    ) {
        self.sha256 = sha256
        self.signer = signer
        self.time = time
        self.salt = salt
    }
}

/// Signs with Ed25519 (RFC 8032).
public protocol AuditSigner: Sendable {
    /// The public key.
    ///
    /// - Throws: where the private key cannot be read.
    func publicKey() throws -> AuditPublicKey

    /// The signature over a message, 64 bytes.
    ///
    /// - Throws: where the private key cannot be read or used.
    func sign(_ message: [UInt8]) throws -> [UInt8]
}

/// A public key for Ed25519.
public struct AuditPublicKey: Sendable, Hashable {
    /// The key itself, 32 bytes.
    public let bytes: [UInt8]
    /// Lower-case hex SHA-256 of the key as DER (RFC 8410), which is what
    /// `openssl pkey -pubin -outform DER | openssl dgst -sha256` prints of it.
    public let fingerprint: String

    /// What stands before the 32 bytes in DER.
    public static let derPrefix: [UInt8] = [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00]

    public init(_ bytes: [UInt8], sha256: SHA256Function) throws {
        self.bytes = bytes
        fingerprint = HexText.text(try sha256(Self.derPrefix + bytes))
    }
}

/// Whether a signature is a key's over a message.
public typealias AuditSignatureCheck =
    @Sendable (
        _ key: [UInt8], _ message: [UInt8], _ signature: [UInt8]
    ) throws -> Bool

/// What keeps a commitment from being guessed. Who erases a person's salt erases the person: nobody can tell any more
/// whom the commitments are about, and the chain stays whole.
public enum AuditSalt {
    /// Random bytes from the operating system.
    public static func random(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 8)
        while bytes.count < count {
            var word: UInt64 = generator.next()
            for _ in 0..<8 {
                bytes.append(UInt8(truncatingIfNeeded: word))
                word >>= 8
            }
        }
        return Array(bytes.prefix(count))
    }

    /// SHA-256 over the salt and then the text. Salts have one length, so that no two pairs give the same bytes.
    public static func commitment(to text: String, salt: [UInt8], sha256: SHA256Function) throws -> [UInt8] {
        try sha256(salt + Array(text.utf8))
    }
}
