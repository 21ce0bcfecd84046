import COpenSSL

/// SHA-256 (FIPS 180-4) over bytes that come one piece after the other, such as a file's.
public final class StreamDigest {
    private let context: OpaquePointer

    /// - Throws: ``AuditKeyError`` where OpenSSL has no SHA-256, which says that its installation is broken.
    public init() throws(AuditKeyError) {
        guard let context = EVP_MD_CTX_new() else { throw AuditKeyError(.openSSL, "EVP_MD_CTX_new failed") }
        self.context = context
        guard EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
            throw AuditKeyError(.openSSL, "EVP_DigestInit_ex failed")
        }
    }

    deinit { EVP_MD_CTX_free(context) }

    public func add(_ bytes: [UInt8]) throws(AuditKeyError) {
        guard EVP_DigestUpdate(context, bytes, bytes.count) == 1 else {
            throw AuditKeyError(.openSSL, "EVP_DigestUpdate failed")
        }
    }

    /// The digest, 32 bytes; nothing can be added afterwards.
    public func finish() throws(AuditKeyError) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        var length: UInt32 = 0
        guard EVP_DigestFinal_ex(context, &digest, &length) == 1, length == 32 else {
            throw AuditKeyError(.openSSL, "EVP_DigestFinal_ex failed")
        }
        return digest
    }
}
