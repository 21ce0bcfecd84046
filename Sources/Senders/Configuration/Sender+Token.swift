import Foundation
import SignedTokens
import StrictYAML
import WebhookSignature

/// The section `token` of a sender: where the signature is a JWS.
extension Sender {
    /// What vouches for its requests, in words: `signature sha256`, `token RS256`, `credential`.
    public var vouchers: [String] {
        var vouchers: [String] = []
        if let signature { vouchers.append("signature \(signature.algorithm.rawValue)") }
        if let token { vouchers.append("token \(token.algorithms.map(\.rawValue).joined(separator: "/"))") }
        if credential != nil { vouchers.append("credential") }
        return vouchers
    }

    static func tokenRule(_ mapping: YAMLMapping) -> TokenRule? {
        let header = mapping.string("header")
        let isBody = !mapping.has("header")
        let prefix = mapping.string("prefix", allowingEmpty: true) ?? ""
        if isBody, mapping.has("prefix") { mapping.report("needs header", at: "prefix") }
        let algorithms = algorithms(mapping)
        let issuer = mapping.string("issuer")
        let audience = mapping.string("audience")
        if isBody {
            // A token that says who made it for whom is all there is: anybody's would do otherwise.
            for key in ["issuer", "audience"] where !mapping.has(key) {
                mapping.report("is missing, and without header the body itself is the token", at: key)
            }
        }
        let keySet = mapping.string("jwks").flatMap { keySetLocation($0, mapping) }
        let bodyDigest = mapping.mapping("body_digest").flatMap { section -> TokenRule.BodyDigest? in
            let claim = section.string("claim", .required)
            let encoding = section.choice("encoding", of: TokenRule.BodyDigest.Encoding.self, .required)
            guard let claim, let encoding else { return nil }
            return TokenRule.BodyDigest(claim: claim, encoding: encoding)
        }
        if isBody, mapping.has("body_digest") {
            mapping.report("needs header: without it the body itself is the token", at: "body_digest")
        }
        guard let algorithms else { return nil }
        let rule = TokenRule(
            header: header,
            prefix: prefix,
            algorithms: algorithms,
            issuer: issuer,
            audience: audience,
            keySet: keySet,
            bodyDigest: bodyDigest
        )
        if rule.usesKeySet, !mapping.has("jwks") {
            mapping.report("is missing, and some algorithm verifies with public keys", at: "jwks")
        }
        if !rule.usesKeySet, mapping.has("jwks") {
            mapping.report("has nothing to verify: every algorithm uses a shared secret", at: "jwks")
        }
        return rule
    }

    private static func algorithms(_ mapping: YAMLMapping) -> [TokenAlgorithm]? {
        guard let names = mapping.oneOrMore("algorithms", .required) else { return nil }
        var algorithms: [TokenAlgorithm] = []
        for name in names {
            guard let algorithm = TokenAlgorithm(rawValue: name) else {
                let known = TokenAlgorithm.allCases.map(\.rawValue)
                mapping.report(
                    "\(name) is none of \(known.joined(separator: ", "))",
                    at: "algorithms",
                    hint: Nearest.match(for: name, among: known).map { "did you mean \($0)?" }
                )
                return nil
            }
            if !algorithms.contains(algorithm) { algorithms.append(algorithm) }
        }
        return algorithms.isEmpty ? nil : algorithms
    }

    /// A URL has a scheme; everything else is a path.
    private static func keySetLocation(_ text: String, _ mapping: YAMLMapping) -> TokenRule.KeySetLocation? {
        guard text.contains("://") else { return .file(text) }
        guard let url = URLComponents(string: text), let host = url.host, !host.isEmpty, url.user == nil,
            url.password == nil, url.fragment == nil, let scheme = url.scheme?.lowercased(),
            scheme == "https" || scheme == "http"
        else {
            mapping.report("must be an https URL without a user, or the path of a file", at: "jwks")
            return nil
        }
        // Whoever could change what is fetched could sign anything.
        guard scheme == "https" || ["127.0.0.1", "::1", "[::1]", "localhost"].contains(host.lowercased()) else {
            mapping.report("must be https: over http anybody on the way could put in a key", at: "jwks")
            return nil
        }
        return .url(text)
    }
}
