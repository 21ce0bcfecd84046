public import Foundation

/// Where a verifier finds a sender's public keys. Its answers are immediate: no request ever waits for the network.
public protocol JWKSSource: Sendable {
    /// The keys as they are known now; `nil` while none could be read yet.
    func keySet() -> KeySet?

    /// Takes note that a token names a key that the set lacks.
    ///
    /// - Returns: whether the set is about to be read again, so that the same request may be right in a moment.
    func noteUnknownKey(at now: Date) -> Bool
}
