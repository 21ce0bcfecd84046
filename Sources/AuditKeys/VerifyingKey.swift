import COpenSSL

/// A public key for Ed25519 that checks signatures over the audit chain.
///
/// `@unchecked Sendable` without a lock: as ``SigningKey``.
public final class VerifyingKey: @unchecked Sendable {
    private let key: OpaquePointer
    /// The key itself, 32 bytes.
    public let bytes: [UInt8]

    /// - Throws: ``AuditKeyError`` where the bytes are no key.
    public init(_ bytes: [UInt8]) throws(AuditKeyError) {
        guard let key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, bytes, bytes.count) else {
            ERR_clear_error()
            throw AuditKeyError(.notAKey, "it is no public key for Ed25519")
        }
        self.key = key
        self.bytes = bytes
    }

    /// Reads a public key as PEM (RFC 8410), which is what ``pem`` and `openssl pkey -pubout` write.
    ///
    /// - Throws: ``AuditKeyError``: `notAKey` where the text is none, or of another kind.
    public convenience init(pem: String) throws(AuditKeyError) {
        let text = Array(pem.utf8)
        guard let file = BIO_new_mem_buf(text, Int32(clamping: text.count)) else {
            throw AuditKeyError(.openSSL, "BIO_new_mem_buf failed")
        }
        defer { BIO_free(file) }
        let read = PEM_read_bio_PUBKEY(file, nil, { _, _, _, _ in -1 }, nil)
        ERR_clear_error()
        guard let read else { throw AuditKeyError(.notAKey, "it is no public key in PEM") }
        defer { EVP_PKEY_free(read) }
        var bytes = [UInt8](repeating: 0, count: SigningKey.publicLength)
        var length = bytes.count
        guard EVP_PKEY_get_id(read) == EVP_PKEY_ED25519, EVP_PKEY_get_raw_public_key(read, &bytes, &length) == 1,
            length == SigningKey.publicLength
        else { throw AuditKeyError(.notAKey, "it is a public key of another kind than Ed25519") }
        try self.init(bytes)
    }

    deinit { EVP_PKEY_free(key) }

    /// Whether a signature is this key's over a message.
    ///
    /// - Throws: ``AuditKeyError`` where OpenSSL cannot begin a check.
    public func signed(_ message: [UInt8], with signature: [UInt8]) throws(AuditKeyError) -> Bool {
        guard let context = EVP_MD_CTX_new() else { throw AuditKeyError(.openSSL, "EVP_MD_CTX_new failed") }
        defer { EVP_MD_CTX_free(context) }
        guard EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1 else {
            throw AuditKeyError(.openSSL, "EVP_DigestVerifyInit failed")
        }
        let isRight = EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
        // A wrong signature leaves a note behind that the next failure would be told with.
        ERR_clear_error()
        return isRight
    }

    /// The key as PEM.
    public var pem: String {
        get throws(AuditKeyError) { try PEMText.write { PEM_write_bio_PUBKEY($0, key) } }
    }
}
