/// A JSON Web Key Set (RFC 7517 section 5) as it was read: the public keys for signatures in it.
///
/// Other keys are passed over, as section 5 asks: those for encryption, of unknown kinds, and shared secrets, which have
/// no place in a document that is published.
public struct KeySetDocument: Sendable, Equatable {
    /// Why bytes are no key set. Holds none of them.
    public struct Problem: Error, Equatable, CustomStringConvertible {
        public let description: String
    }

    /// The longest document in bytes.
    public static let longest = 262_144
    /// The most keys in one document.
    public static let mostKeys = 64

    struct Key: Sendable, Equatable {
        let id: String?
        let material: Material
        /// The one algorithm it is for, where it says so.
        let algorithm: String?
    }

    /// Numbers in base64url, as a JWK holds them.
    enum Material: Sendable, Equatable {
        case rsa(modulus: String, exponent: String)
        case ellipticCurve(String, x: String, y: String)
        case ed25519(x: String)

        var type: TokenAlgorithm.KeyType {
            switch self {
            case .rsa: .rsa
            case .ellipticCurve(let curve, _, _): .ellipticCurve(curve)
            case .ed25519: .ed25519
            }
        }
    }

    let keys: [Key]

    /// Reads a document.
    ///
    /// - Throws: ``Problem`` for what is no key set, is too long, has too many keys, or has none for signatures.
    public init(_ bytes: [UInt8], json: TokenValue.Reader) throws(Problem) {
        guard bytes.count <= Self.longest else { throw Problem(description: "is over \(Self.longest) bytes") }
        guard case .list(let items)? = json(bytes)?["keys"] else {
            throw Problem(description: "is no JSON Web Key Set, an object with a list of keys")
        }
        guard items.count <= Self.mostKeys else { throw Problem(description: "has over \(Self.mostKeys) keys") }
        keys = items.compactMap(Self.key)
        guard !keys.isEmpty else { throw Problem(description: "has no public key for signatures") }
    }

    /// Reads a document from a file.
    ///
    /// - Throws: ``Problem``, also where the file cannot be read.
    public init(file path: String, json: TokenValue.Reader) throws(Problem) {
        guard let bytes = RenewedKeySet.contents(of: path) else { throw Problem(description: "cannot be read") }
        try self.init(bytes, json: json)
    }

    private static func key(_ item: TokenValue) -> Key? {
        if let use = item["use"], use.text != "sig" { return nil }
        if let operations = item["key_ops"] {
            guard case .list(let words) = operations, words.contains(.text("verify")) else { return nil }
        }
        let id = item["kid"]?.text
        guard item["kid"] == nil || id.map({ $0.utf8.count <= CompactToken.longestKeyID }) == true,
            let material = material(item)
        else { return nil }
        return Key(id: id, material: material, algorithm: item["alg"]?.text)
    }

    private static func material(_ item: TokenValue) -> Material? {
        switch item["kty"]?.text {
        case "RSA":
            guard let modulus = number("n", in: item), let exponent = number("e", in: item) else { return nil }
            return .rsa(modulus: modulus, exponent: exponent)
        case "EC":
            guard let curve = item["crv"]?.text, ["P-256", "P-384", "P-521"].contains(curve),
                let x = number("x", in: item), let y = number("y", in: item)
            else { return nil }
            return .ellipticCurve(curve, x: x, y: y)
        case "OKP":
            guard item["crv"]?.text == "Ed25519", let x = number("x", in: item) else { return nil }
            return .ed25519(x: x)
        default: return nil
        }
    }

    /// A number of at most 8192 bits, beyond which one check would take long.
    private static func number(_ name: String, in item: TokenValue) -> String? {
        guard let text = item[name]?.text, (1...1368).contains(text.utf8.count) else { return nil }
        return text
    }
}
