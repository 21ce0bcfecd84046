import COpenSSL

/// A public key for Ed25519 (RFC 8032), on OpenSSL 3's `EVP_DigestVerify`.
///
/// `@unchecked Sendable` without a lock: the key is never changed, and OpenSSL counts references to it atomically; each
/// check has a context of its own.
final class PublicKey: @unchecked Sendable {
    /// The length of a key in bytes.
    static let length = 32

    private let key: OpaquePointer

    /// - Throws: ``SignatureError`` when the bytes are no key.
    init(_ secret: Secret) throws(SignatureError) {
        guard let key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, secret.bytes, secret.bytes.count) else {
            throw SignatureError(operation: "EVP_PKEY_new_raw_public_key")
        }
        self.key = key
    }

    deinit { EVP_PKEY_free(key) }

    /// Whether one of the signatures is this key's over the pieces, one after the other.
    ///
    /// - Throws: ``SignatureError`` when OpenSSL cannot begin a check.
    func signed(
        _ pieces: some Sequence<MessageAuthenticator.Piece>,
        with signatures: [[UInt8]]
    ) throws(SignatureError) -> Bool {
        // The algorithm goes over its message twice, so OpenSSL wants it in one piece.
        var message: [UInt8] = []
        for piece in pieces {
            switch piece {
            case .text(let text): message += text.utf8
            case .bytes(let bytes): message += bytes
            }
        }
        for signature in signatures where try signed(message, with: signature) { return true }
        return false
    }

    private func signed(_ message: [UInt8], with signature: [UInt8]) throws(SignatureError) -> Bool {
        guard let context = EVP_MD_CTX_new() else { throw SignatureError(operation: "EVP_MD_CTX_new") }
        defer { EVP_MD_CTX_free(context) }
        guard EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1 else {
            throw SignatureError(operation: "EVP_DigestVerifyInit")
        }
        return EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }
}
