/// A secret that signs requests, decoded once.
///
/// Nothing that prints it shows it: `description`, `debugDescription` and reflection say `<secret>`.
public struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// How the configured text becomes the key's bytes.
    public enum Encoding: String, Sendable, CaseIterable {
        case utf8, base64, base64url, hex
        /// Base64 after an optional `whsec_`, as Standard Webhooks writes it.
        case whsec
    }

    /// Why a text is no secret. Never holds any of the text.
    public struct Problem: Error, Equatable, CustomStringConvertible {
        public let description: String
    }

    /// Below this many bytes `check` warns: 128 bits, the least that cannot be guessed.
    public static let shortest = 16

    /// What the operator calls it; `nil` where it has no name.
    public let name: String?
    let bytes: [UInt8]

    /// Decodes a configured secret. Base64 may lack its padding.
    ///
    /// - Throws: ``Problem`` when the text does not decode, or decodes to nothing: an HMAC with an empty key can be made
    ///   by anybody.
    public init(name: String? = nil, text: String, encoding: Encoding) throws(Problem) {
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
