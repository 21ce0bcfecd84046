import StrictYAML
import WebhookSignature

extension Sender {
    /// Reads the name of a handshake; one that the sender's other fields leave unanswerable is reported.
    static func handshake(_ mapping: YAMLMapping, signature: SignatureScheme?) -> Handshake {
        let handshake = mapping.choice("handshake", of: Handshake.self) ?? Handshake.none
        // A signature that could not be read was reported by itself.
        let hasCode = mapping.has("signature") ? signature.map { $0.algorithm == .sha256 } ?? true : false
        if handshake.needsProof, !hasCode {
            mapping.report("answers with an HMAC, which needs a signature of algorithm sha256", at: "handshake")
        }
        return handshake
    }
}

extension Sender.Handshake {
    /// Whether it asks for a proof that we have the secret.
    var needsProof: Bool {
        steps.contains { step in
            if case .code = step.answer { true } else { false }
        }
    }
}
