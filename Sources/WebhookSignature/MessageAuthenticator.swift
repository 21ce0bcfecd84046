import COpenSSL

/// HMAC under one key, prepared once (OpenSSL 3's `EVP_MAC`).
///
/// `@unchecked Sendable` without a lock: after `init`, `prepared` is only ever read, by `EVP_MAC_CTX_dup`, and each
/// request works on its own duplicate.
final class MessageAuthenticator: @unchecked Sendable {
    private let prepared: OpaquePointer
    private let length: Int

    /// - Throws: ``SignatureError`` when OpenSSL refuses, for example for an algorithm that its configuration forbids.
    init(algorithm: SignatureScheme.Algorithm, secret: Secret) throws(SignatureError) {
        guard let method = EVP_MAC_fetch(nil, "HMAC", nil) else { throw SignatureError(operation: "EVP_MAC_fetch") }
        // The context keeps its own reference to the method.
        defer { EVP_MAC_free(method) }
        guard let context = EVP_MAC_CTX_new(method) else { throw SignatureError(operation: "EVP_MAC_CTX_new") }
        var digest = Array(algorithm.rawValue.uppercased().utf8CString)
        let started = digest.withUnsafeMutableBufferPointer { name in
            let parameters = [
                OSSL_PARAM_construct_utf8_string("digest", name.baseAddress, 0), OSSL_PARAM_construct_end(),
            ]
            return EVP_MAC_init(context, secret.bytes, secret.bytes.count, parameters)
        }
        guard started == 1 else {
            EVP_MAC_CTX_free(context)
            throw SignatureError(operation: "EVP_MAC_init")
        }
        prepared = context
        length = algorithm.length
    }

    deinit { EVP_MAC_CTX_free(prepared) }

    /// The code of the pieces, one after the other. None of them is copied.
    func code(of pieces: [[UInt8]]) throws(SignatureError) -> [UInt8] {
        guard let context = EVP_MAC_CTX_dup(prepared) else { throw SignatureError(operation: "EVP_MAC_CTX_dup") }
        defer { EVP_MAC_CTX_free(context) }
        for piece in pieces where !piece.isEmpty {
            guard EVP_MAC_update(context, piece, piece.count) == 1 else {
                throw SignatureError(operation: "EVP_MAC_update")
            }
        }
        var code = [UInt8](repeating: 0, count: length)
        var written = 0
        guard EVP_MAC_final(context, &code, &written, length) == 1, written == length else {
            throw SignatureError(operation: "EVP_MAC_final")
        }
        return code
    }
}

/// OpenSSL could not do what it was asked, or a scheme cannot be served. Holds no secret and no signature.
public struct SignatureError: Error, Equatable, CustomStringConvertible {
    /// The operation that failed, or what is missing.
    public let operation: String

    public var description: String { "signature: \(operation) failed" }
}
