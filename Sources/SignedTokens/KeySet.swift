import Foundation
import JWTKit

/// The public keys of a sender, ready to verify.
public struct KeySet: Sendable {
    struct Key: Sendable {
        let id: String?
        let type: TokenAlgorithm.KeyType
        /// What verifies, for each pinned algorithm that fits the key.
        let verifiers: [TokenAlgorithm: Verifier]
    }

    /// One public key under one algorithm.
    struct Verifier: Sendable {
        fileprivate let algorithm: any JWTAlgorithm

        /// Whether it is the key's signature over the bytes.
        func isRight(_ signature: [UInt8], over bytes: [UInt8]) -> Bool {
            // jwt-kit throws for a signature of the wrong length, which is as wrong as any.
            do { return try algorithm.verify(signature, signs: bytes) } catch { return false }
        }
    }

    let keys: [Key]

    /// Makes the keys of a document ready for the pinned algorithms.
    ///
    /// It waits only for jwt-kit's collection, an actor, which hands out what verifies; the verifying itself waits for
    /// nothing. Each verifier gets a collection of its own, so that a token's header never chooses among keys.
    ///
    /// - Throws: `KeySetDocument.Problem` when no key fits an algorithm: too short for RSA (2048 bits), or no point of its
    ///   curve.
    public init(
        _ document: KeySetDocument,
        algorithms: [TokenAlgorithm]
    ) async throws(KeySetDocument.Problem) {
        var keys: [Key] = []
        for key in document.keys {
            var verifiers: [TokenAlgorithm: Verifier] = [:]
            for algorithm in algorithms where algorithm.keyType == key.material.type {
                guard key.algorithm == nil || key.algorithm == algorithm.rawValue else { continue }
                verifiers[algorithm] = await Self.verifier(of: key.material, for: algorithm)
            }
            if !verifiers.isEmpty { keys.append(Key(id: key.id, type: key.material.type, verifiers: verifiers)) }
        }
        guard !keys.isEmpty else {
            let names = algorithms.filter { !$0.usesSharedSecret }.map(\.rawValue).joined(separator: ", ")
            throw KeySetDocument.Problem(description: "has no usable key for \(names)")
        }
        self.keys = keys
    }

    /// What verifies a token of that algorithm and key id; `nil` where no key, or more than one, could have signed it.
    ///
    /// A key without an id is the one only where it is the only key of its type.
    func verifier(for algorithm: TokenAlgorithm, id: String?) -> Verifier? {
        let fitting = keys.filter { $0.type == algorithm.keyType }
        if let id {
            let named = fitting.filter { $0.id?.isSame(as: id) == true }
            if !named.isEmpty { return named.count == 1 ? named[0].verifiers[algorithm] : nil }
            guard fitting.count == 1, fitting[0].id == nil else { return nil }
        }
        return fitting.count == 1 ? fitting[0].verifiers[algorithm] : nil
    }

    private static func verifier(
        of material: KeySetDocument.Material,
        for algorithm: TokenAlgorithm
    ) async -> Verifier? {
        let collection = JWTKeyCollection()
        do {
            switch (material, algorithm) {
            case (.rsa(let modulus, let exponent), _):
                let key = try Insecure.RSA.PublicKey(modulus: modulus, exponent: exponent)
                switch algorithm {
                case .rs256: await collection.add(rsa: key, digestAlgorithm: .sha256)
                case .rs384: await collection.add(rsa: key, digestAlgorithm: .sha384)
                case .rs512: await collection.add(rsa: key, digestAlgorithm: .sha512)
                case .ps256: await collection.add(pss: key, digestAlgorithm: .sha256)
                case .ps384: await collection.add(pss: key, digestAlgorithm: .sha384)
                case .ps512: await collection.add(pss: key, digestAlgorithm: .sha512)
                default: return nil
                }
            case (.ellipticCurve(_, let x, let y), .es256):
                await collection.add(ecdsa: try ES256PublicKey(parameters: (x: x, y: y)))
            case (.ellipticCurve(_, let x, let y), .es384):
                await collection.add(ecdsa: try ES384PublicKey(parameters: (x: x, y: y)))
            case (.ellipticCurve(_, let x, let y), .es512):
                await collection.add(ecdsa: try ES512PublicKey(parameters: (x: x, y: y)))
            case (.ed25519(let x), .edDSA):
                await collection.add(eddsa: try EdDSA.PublicKey(x: x, curve: .ed25519))
            default: return nil
            }
            return Verifier(algorithm: try await collection.getKey())
        } catch {
            // A key that cannot be used is as good as none; whether any is left is judged above.
            return nil
        }
    }
}
