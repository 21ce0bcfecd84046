import Foundation
import WebhookSignature

/// One way in which a request could have been signed, to be tried out.
struct SignatureAttempt {
    /// A configured secret: its name, or its position where it has none, and its text.
    struct NamedSecret {
        let name: String
        let text: String
    }

    /// How a secret's text is turned into a key.
    enum SecretForm: Equatable {
        case encoding(Secret.Encoding)
        /// Without `whsec_`, as text.
        case textWithoutMarker
        /// With the newline that a text editor or `echo` puts behind it.
        case textWithNewline
    }

    var request: CapturedRequest
    var scheme: SignatureScheme
    var timestamp: TimestampRule?
    var id: IDRule?
    var secrets: [NamedSecret]
    var secretForm: SecretForm

    /// What the verifier says; `nil` where it cannot be asked, for example because no secret decodes in this form.
    func verification(now: Date) -> Verification? {
        let keys = secrets.compactMap(secret)
        guard !keys.isEmpty else { return nil }
        do {
            let verifier = try SignatureVerifier(scheme: scheme, timestamp: timestamp, id: id, secrets: keys)
            return verifier.verify(headers: request.headerValues, body: request.body, now: now)
        } catch {
            return nil
        }
    }

    /// The request as it verifies; `nil` where it does not.
    func verified(now: Date) -> VerifiedRequest? {
        if case .verified(let request)? = verification(now: now) { request } else { nil }
    }

    private func secret(_ named: NamedSecret) -> Secret? {
        let marker = "whsec_"
        let text: String
        let encoding: Secret.Encoding
        switch secretForm {
        case .encoding(let given):
            text = named.text
            encoding = given
        case .textWithoutMarker:
            guard named.text.hasPrefix(marker) else { return nil }
            text = String(named.text.dropFirst(marker.count))
            encoding = .utf8
        case .textWithNewline:
            text = named.text + "\n"
            encoding = .utf8
        }
        // A text that does not decode in this form is simply none of this form.
        do {
            return try Secret(name: named.name, text: text, encoding: encoding, for: scheme.algorithm)
        } catch {
            return nil
        }
    }
}
