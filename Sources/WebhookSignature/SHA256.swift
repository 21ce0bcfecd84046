import COpenSSL

/// SHA-256 (FIPS 180-4).
public enum SHA256 {
    /// The length of a digest in bytes.
    public static let length = 32

    private static let method = DigestMethod(name: "SHA256")

    /// The digest of bytes, 32 bytes.
    ///
    /// - Throws: ``SignatureError`` when OpenSSL has no SHA-256, which says that its installation is broken.
    public static func digest(of bytes: [UInt8]) throws(SignatureError) -> [UInt8] {
        guard let method = method.pointer else { throw SignatureError(operation: "EVP_MD_fetch") }
        var digest = [UInt8](repeating: 0, count: length)
        var written: UInt32 = 0
        guard EVP_Digest(bytes, bytes.count, &digest, &written, method, nil) == 1, written == length else {
            throw SignatureError(operation: "EVP_Digest")
        }
        return digest
    }

    /// The digest of bytes in lower-case hex, 64 characters.
    public static func hexDigest(of bytes: [UInt8]) throws(SignatureError) -> String {
        BinaryText.hexText(try digest(of: bytes))
    }
}

/// A digest method, fetched once: fetching takes a lock that all threads share.
///
/// `@unchecked Sendable` without a lock: the pointer is never changed, and OpenSSL's methods are immutable once fetched.
private final class DigestMethod: @unchecked Sendable {
    let pointer: OpaquePointer?

    init(name: String) { pointer = EVP_MD_fetch(nil, name, nil) }

    deinit { EVP_MD_free(pointer) }
}

/// Comparison whose duration says nothing about where two values differ.
public enum ConstantTime {
    /// Whether two values are equal. Values of different length are unequal, which the duration does tell.
    public static func equal(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        right.withUnsafeBytes { equal(left, $0) }
    }

    static func equal(_ left: [UInt8], _ right: UnsafeRawBufferPointer) -> Bool {
        guard left.count == right.count else { return false }
        return left.isEmpty || CRYPTO_memcmp(left, right.baseAddress, left.count) == 0
    }
}
