import Foundation
package import SignedTokens
import StrictYAML
import WebhookSignature

extension Authenticator {
    /// The public keys of a sender's tokens, from a file or, later, a URL. A file is read once now, so that a wrong one is
    /// a problem of the configuration.
    static func keySet(
        of sender: Sender,
        relativeTo directory: String,
        problems: YAMLProblems
    ) -> RenewedKeySet? {
        guard let rule = sender.token, let location = rule.keySet else { return nil }
        guard case .file(let path) = location else {
            return RenewedKeySet(location: location, algorithms: rule.algorithms, json: TokenValue.strict)
        }
        let whole = path.hasPrefix("/") ? path : "\(directory)/\(path)"
        do throws(KeySetDocument.Problem) {
            _ = try KeySetDocument(file: whole, json: TokenValue.strict)
        } catch {
            let message = "the file \(path) \(error)"
            problems.report(YAMLError(sender.mark, keyPath: "\(sender.keyPath).token.jwks", message: message))
            return nil
        }
        return RenewedKeySet(location: .file(whole), algorithms: rule.algorithms, json: TokenValue.strict)
    }

    static func tokenVerifier(
        _ sender: Sender,
        _ secrets: [Secret],
        _ keySet: RenewedKeySet?,
        _ problems: YAMLProblems
    ) -> TokenVerifier? {
        guard let rule = sender.token else { return nil }
        do throws(SignatureError) {
            return try TokenVerifier(
                rule: rule,
                secrets: secrets,
                keys: keySet,
                tolerance: sender.timestamp?.tolerance ?? .seconds(300),
                json: TokenValue.strict
            )
        } catch {
            problems.report(YAMLError(sender.mark, keyPath: "\(sender.keyPath).token", message: error.description))
            return nil
        }
    }
}

extension VerifiedRequest {
    /// What a signature and a token say together: the signature's own words first, and stale where either is.
    func joined(with token: VerifiedRequest) -> VerifiedRequest {
        VerifiedRequest(
            secretName: secretName ?? token.secretName,
            signedID: signedID ?? token.signedID,
            timestamp: timestamp ?? token.timestamp,
            staleness: staleness == .fresh ? token.staleness : staleness
        )
    }
}

extension TokenValue {
    /// Reads tokens as bodies are read: strictly, a name at most once, at most ``JSONValue/deepest`` deep.
    package static let strict: Reader = { bytes in
        do { return TokenValue(try JSONValue(parsing: bytes)) } catch { return nil }
    }

    private init(_ value: JSONValue) {
        switch value {
        case .null, .boolean: self = .word
        case .number(let text): self = .number(text)
        case .string(let text): self = .text(text)
        case .array(let items): self = .list(items.map { TokenValue($0) })
        case .object(let members): self = .object(members.map { Member(name: $0.name, value: TokenValue($0.value)) })
        }
    }
}
