/// A secret that signs requests, decoded once.
///
/// Nothing that prints it shows it: `description`, `debugDescription` and reflection say `<secret>`.
public struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// How the configured text becomes the key's bytes.
    public enum Encoding: String, Sendable, CaseIterable {
        case utf8, base64, base64url, hex
        /// Base64 after an optional `whsec_` (`whpk_` before a public key), as Standard Webhooks writes it.
        case whsec
    }

    /// Why a text is no secret. Never holds any of the text.
    public struct Problem: Error, Equatable, CustomStringConvertible {
        public let description: String
    }

    /// Below this many bytes `check` warns: 128 bits, the least that cannot be guessed.
    public static let shortest = 16

    private static let publicKeyMarker = "whpk_"

    /// What the operator calls it; `nil` where it has no name.
    public let name: String?
    let bytes: [UInt8]

    /// Decodes a configured secret. Base64 may lack its padding.
    ///
    /// - Parameter algorithm: what it is for; for ed25519 the text is a public key, an optional `whpk_` in front of it.
    /// - Throws: ``Problem`` when the text does not decode, or decodes to nothing: an HMAC with an empty key can be made
    ///   by anybody. Also for a key of the other kind, told by Standard Webhooks' prefixes: an HMAC whose key is a public
    ///   key can be made by anybody, too.
    public init(
        name: String? = nil,
        text: String,
        encoding: Encoding,
        for algorithm: SignatureScheme.Algorithm = .sha256
    ) throws(Problem) {
        var text = text
        guard !text.hasPrefix("whsk_") else {
            throw Problem(description: "the secret is a private key for signing, which belongs to the sender alone")
        }
        if algorithm == .ed25519 {
            guard !text.hasPrefix("whsec_") else {
                throw Problem(description: "the secret is one for HMAC, and ed25519 needs the sender's public key")
            }
            if text.hasPrefix(Self.publicKeyMarker) { text.removeFirst(Self.publicKeyMarker.count) }
        } else if text.hasPrefix(Self.publicKeyMarker) {
            throw Problem(description: "the secret is a public key, which needs algorithm: ed25519")
        }
        let decoded: [UInt8]?
        switch encoding {
        case .utf8: decoded = Array(text.utf8)
        case .hex: decoded = BinaryText.hex(text.utf8, upperCase: true)
        case .base64: decoded = BinaryText.base64(text.utf8, strict: false, padded: false)
        case .base64url: decoded = BinaryText.base64(text.utf8, alphabet: .url, strict: false, padded: false)
        case .whsec:
            let marker = "whsec_"
            decoded = BinaryText.base64(
                text.hasPrefix(marker) ? text.dropFirst(marker.count).utf8 : text[...].utf8,
                strict: false,
                padded: false
            )
        }
        guard let decoded else { throw Problem(description: "the secret is not valid \(encoding.form)") }
        guard !decoded.isEmpty else { throw Problem(description: "the secret is empty") }
        guard algorithm != .ed25519 || decoded.count == PublicKey.length else {
            throw Problem(description: "the public key is not \(PublicKey.length) bytes long")
        }
        self.name = name
        bytes = decoded
    }

    /// Whether it is so short that `check` warns.
    public var isShort: Bool { bytes.count < Self.shortest }

    public var description: String { "<secret>" }
    public var debugDescription: String { "<secret>" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension Secret.Encoding {
    fileprivate var form: String {
        switch self {
        case .utf8: "UTF-8"
        case .base64: "base64"
        case .base64url: "base64url"
        case .hex: "hex"
        case .whsec: "base64 after whsec_"
        }
    }
}
