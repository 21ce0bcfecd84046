import COpenSSL
import Synchronization

/// HMAC under one key, prepared once (OpenSSL 3's `EVP_MAC`).
///
/// After `init`, `prepared` is only ever read, by `EVP_MAC_CTX_dup`; each duplicate is used by one request at a time, which
/// takes it out of `idle` under its lock.
package final class MessageAuthenticator: Sendable {
    /// What is signed, a piece at a time.
    package enum Piece {
        case text(String)
        case bytes([UInt8])
    }

    /// OpenSSL's context. `@unchecked Sendable`: see the class for who may use which.
    private struct Context: @unchecked Sendable {
        let pointer: OpaquePointer
    }

    private let prepared: Context
    private let length: Int
    /// Duplicates that wait for their next request: as many as there were requests at the same time.
    private let idle = Mutex<[Context]>([])

    /// - Parameters:
    ///   - name: the hash as OpenSSL calls it, such as `SHA256`.
    ///   - length: the length of its digest in bytes.
    /// - Throws: ``SignatureError`` when OpenSSL refuses, for example for an algorithm that its configuration forbids.
    package init(digest name: String, length: Int, secret: Secret) throws(SignatureError) {
        guard let method = EVP_MAC_fetch(nil, "HMAC", nil) else { throw SignatureError(operation: "EVP_MAC_fetch") }
        // The context keeps its own reference to the method.
        defer { EVP_MAC_free(method) }
        guard let context = EVP_MAC_CTX_new(method) else { throw SignatureError(operation: "EVP_MAC_CTX_new") }
        var digest = Array(name.utf8CString)
        // A parameter points to its name and its value, which must both live until it was read.
        let parameter = Array("digest".utf8CString)
        let started = parameter.withUnsafeBufferPointer { parameter in
            digest.withUnsafeMutableBufferPointer { name in
                let parameters = [
                    OSSL_PARAM_construct_utf8_string(parameter.baseAddress, name.baseAddress, 0),
                    OSSL_PARAM_construct_end(),
                ]
                return EVP_MAC_init(context, secret.bytes, secret.bytes.count, parameters)
            }
        }
        guard started == 1 else {
            EVP_MAC_CTX_free(context)
            throw SignatureError(operation: "EVP_MAC_init")
        }
        prepared = Context(pointer: context)
        self.length = length
    }

    deinit {
        for context in idle.withLock({ $0 }) { EVP_MAC_CTX_free(context.pointer) }
        EVP_MAC_CTX_free(prepared.pointer)
    }

    /// The code of the pieces, one after the other. None of them is copied.
    package func code(of pieces: some Sequence<Piece>) throws(SignatureError) -> [UInt8] {
        try withCode(of: pieces) { Array($0) }
    }

    /// Whether one of the signatures is the code of the pieces, compared in constant time.
    func signed(_ pieces: some Sequence<Piece>, with signatures: [[UInt8]]) throws(SignatureError) -> Bool {
        try withCode(of: pieces) { code in signatures.contains { ConstantTime.equal($0, code) } }
    }

    private func withCode<Outcome>(
        of pieces: some Sequence<Piece>,
        _ body: (UnsafeRawBufferPointer) -> Outcome
    ) throws(SignatureError) -> Outcome {
        let context = try begin()
        // A context that failed begins anew like any other.
        defer { idle.withLock { $0.append(context) } }
        for piece in pieces {
            guard Self.update(context.pointer, piece) == 1 else { throw SignatureError(operation: "EVP_MAC_update") }
        }
        let outcome = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: length) { code -> Outcome? in
            var written = 0
            guard EVP_MAC_final(context.pointer, code.baseAddress, &written, length) == 1, written == length else {
                return nil
            }
            return body(UnsafeRawBufferPointer(code))
        }
        guard let outcome else { throw SignatureError(operation: "EVP_MAC_final") }
        return outcome
    }

    /// A context that has the key and no data.
    private func begin() throws(SignatureError) -> Context {
        guard let context = idle.withLock({ $0.popLast() }) else {
            guard let new = EVP_MAC_CTX_dup(prepared.pointer) else {
                throw SignatureError(operation: "EVP_MAC_CTX_dup")
            }
            return Context(pointer: new)
        }
        // Without a key it begins anew with the one that it has (EVP_MAC(3)).
        guard EVP_MAC_init(context.pointer, nil, 0, nil) == 1 else {
            EVP_MAC_CTX_free(context.pointer)
            throw SignatureError(operation: "EVP_MAC_init")
        }
        return context
    }

    private static func update(_ context: OpaquePointer, _ piece: Piece) -> Int32 {
        switch piece {
        case .text(var text):
            text.withUTF8 { $0.isEmpty ? 1 : EVP_MAC_update(context, $0.baseAddress, $0.count) }
        case .bytes(let bytes):
            bytes.isEmpty ? 1 : EVP_MAC_update(context, bytes, bytes.count)
        }
    }
}

/// OpenSSL could not do what it was asked, or a scheme cannot be served. Holds no secret and no signature.
public struct SignatureError: Error, Equatable, CustomStringConvertible {
    /// The operation that failed, or what is missing.
    public let operation: String

    package init(operation: String) { self.operation = operation }

    public var description: String { "signature: \(operation) failed" }
}
