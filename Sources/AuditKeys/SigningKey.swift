import COpenSSL

/// A private key for Ed25519 (RFC 8032) that signs the audit chain, on OpenSSL 3.
///
/// `@unchecked Sendable` without a lock: the key is never changed, and OpenSSL counts references to it atomically; each
/// signature has a context of its own.
public final class SigningKey: @unchecked Sendable {
    /// The length of a signature in bytes.
    public static let signatureLength = 64
    /// The length of a public key in bytes.
    public static let publicLength = 32

    private let key: OpaquePointer
    /// The public key, 32 bytes.
    public let publicKey: [UInt8]

    /// Makes a new key.
    ///
    /// - Throws: ``AuditKeyError`` where OpenSSL cannot.
    public convenience init() throws(AuditKeyError) {
        guard let context = EVP_PKEY_CTX_new_id(EVP_PKEY_ED25519, nil) else {
            throw AuditKeyError(.openSSL, "EVP_PKEY_CTX_new_id failed")
        }
        defer { EVP_PKEY_CTX_free(context) }
        var made: OpaquePointer?
        guard EVP_PKEY_keygen_init(context) == 1, EVP_PKEY_keygen(context, &made) == 1, let made else {
            throw AuditKeyError(.openSSL, "EVP_PKEY_keygen failed")
        }
        try self.init(owned: made)
    }

    /// Reads a private key as PKCS #8 PEM without a passphrase, which is what ``pem`` and
    /// `openssl genpkey -algorithm ed25519` write.
    ///
    /// - Throws: ``AuditKeyError``: `notAKey` where the text is none, or of another kind. Never holds anything of the text.
    public convenience init(pem: String) throws(AuditKeyError) {
        let bytes = Array(pem.utf8)
        guard let file = BIO_new_mem_buf(bytes, Int32(clamping: bytes.count)) else {
            throw AuditKeyError(.openSSL, "BIO_new_mem_buf failed")
        }
        defer { BIO_free(file) }
        // Without the callback OpenSSL would ask at the terminal for a passphrase.
        let read = PEM_read_bio_PrivateKey(file, nil, { _, _, _, _ in -1 }, nil)
        ERR_clear_error()
        guard let read else { throw AuditKeyError(.notAKey, "it is no private key in PEM without a passphrase") }
        guard EVP_PKEY_get_id(read) == EVP_PKEY_ED25519 else {
            EVP_PKEY_free(read)
            throw AuditKeyError(.notAKey, "it is a private key of another kind than Ed25519")
        }
        try self.init(owned: read)
    }

    private init(owned key: OpaquePointer) throws(AuditKeyError) {
        var publicKey = [UInt8](repeating: 0, count: Self.publicLength)
        var length = publicKey.count
        guard EVP_PKEY_get_raw_public_key(key, &publicKey, &length) == 1, length == Self.publicLength else {
            EVP_PKEY_free(key)
            throw AuditKeyError(.openSSL, "EVP_PKEY_get_raw_public_key failed")
        }
        self.key = key
        self.publicKey = publicKey
    }

    deinit { EVP_PKEY_free(key) }

    /// The signature over a message, 64 bytes.
    ///
    /// - Throws: ``AuditKeyError`` where OpenSSL cannot.
    public func sign(_ message: [UInt8]) throws(AuditKeyError) -> [UInt8] {
        guard let context = EVP_MD_CTX_new() else { throw AuditKeyError(.openSSL, "EVP_MD_CTX_new failed") }
        defer { EVP_MD_CTX_free(context) }
        var signature = [UInt8](repeating: 0, count: Self.signatureLength)
        var length = signature.count
        guard EVP_DigestSignInit(context, nil, nil, nil, key) == 1,
            EVP_DigestSign(context, &signature, &length, message, message.count) == 1, length == Self.signatureLength
        else { throw AuditKeyError(.openSSL, "EVP_DigestSign failed") }
        return signature
    }

    /// The private key as PKCS #8 PEM, without a passphrase.
    public var pem: String {
        get throws(AuditKeyError) {
            try PEMText.write { PEM_write_bio_PrivateKey($0, key, nil, nil, 0, nil, nil) }
        }
    }
}

/// Why a key cannot be used.
public struct AuditKeyError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: Sendable {
        /// What was given is no key for Ed25519.
        case notAKey
        /// OpenSSL failed, which says that its installation is broken.
        case openSSL
    }

    public let code: Code
    /// For people and logs; holds nothing of a key.
    public let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}

/// Text that OpenSSL writes.
enum PEMText {
    /// Longer than any key in PEM.
    private static let longest = 4096

    static func write(_ body: (OpaquePointer) -> Int32) throws(AuditKeyError) -> String {
        guard let file = BIO_new(BIO_s_mem()) else { throw AuditKeyError(.openSSL, "BIO_new failed") }
        defer { BIO_free(file) }
        guard body(file) == 1 else { throw AuditKeyError(.openSSL, "a key could not be written as PEM") }
        var bytes = [UInt8](repeating: 0, count: longest)
        let length = BIO_read(file, &bytes, Int32(bytes.count))
        guard length > 0 else { throw AuditKeyError(.openSSL, "BIO_read failed") }
        return String(decoding: bytes.prefix(Int(length)), as: UTF8.self)
    }
}
