import Foundation
import Senders
import SignedTokens
import Testing
import WebhookSignature

/// A request with the verifier that judges it.
struct Trial {
    enum Verifier {
        case signature(Scheme.Rules)
        case token(TokenRule)
    }

    let verifier: Verifier
    var secret: Secret
    var headers: [(name: String, value: String)]
    var body: [UInt8]
    let now: Date

    init(_ vector: Vectors.Vector) throws {
        if let rules = try Scheme.rules(for: vector) {
            verifier = .signature(rules)
            secret = try Secret(text: vector.secret, encoding: rules.scheme.secretEncoding)
            headers = (vector.headers ?? [:]).map { ($0.key, $0.value) }
            body = try #require(vector.bytes)
        } else {
            let isFusionAuth = vector.headers != nil
            verifier = .token(
                TokenRule(
                    header: "X-FusionAuth-Signature-JWT",
                    algorithms: [.hs256],
                    bodyDigest: isFusionAuth
                        ? TokenRule.BodyDigest(claim: "request_body_sha256", encoding: .base64) : nil
                )
            )
            secret = try Secret(text: vector.secret, encoding: isFusionAuth ? .utf8 : .base64url)
            headers = [("X-FusionAuth-Signature-JWT", try #require(vector.jws))]
            body = vector.bytes ?? []
        }
        // The example of RFC 7515 expired in 2011.
        now = Date(timeIntervalSince1970: vector.clock ?? (vector.body == nil ? 1_300_819_000 : 1_764_000_000))
    }

    func isAccepted() -> Bool {
        let verification: Verification
        do {
            switch verifier {
            case .signature(let rules):
                verification = try rules.verifier(secrets: [secret]).verify(
                    headers: headers.values(of:),
                    body: body,
                    now: now
                )
            case .token(let rule):
                verification = try TokenVerifier(rule: rule, secrets: [secret], json: TokenValue.strict).verify(
                    headers: headers.values(of:),
                    body: body,
                    now: now
                )
            }
        } catch {
            Issue.record("\(error)")
            return true
        }
        if case .verified(let request) = verification { return request.staleness == .fresh }
        return false
    }
}

/// A request that differs in one thing from a valid one.
struct Mutation {
    let what: String
    let trial: Trial

    /// Every mutation of a valid request: one bit of each byte of the body and of each header that counts, everything
    /// shorter, and another secret.
    static func all(of whole: Trial) throws -> [Mutation] {
        let trial = try withoutDecoys(whole)
        var mutations: [Mutation] = []
        func add(_ what: String, _ change: (inout Trial) throws -> Void) rethrows {
            var changed = trial
            try change(&changed)
            mutations.append(Mutation(what: what, trial: changed))
        }
        if trial.signsBody {
            for index in trial.body.indices { add("bit of byte \(index) of the body") { $0.body.flip(index) } }
            for count in stride(from: 0, to: trial.body.count, by: 7) {
                add("body cut to \(count) bytes") { $0.body.removeLast(trial.body.count - count) }
            }
            add("body with a space") { $0.body.append(0x20) }
        }
        for (index, header) in trial.headers.enumerated() where trial.counts(header.name) {
            let bytes = Array(header.value.utf8)
            func replace(_ what: String, _ value: [UInt8]) {
                add("\(header.name) \(what)") { $0.headers[index].value = String(decoding: value, as: UTF8.self) }
            }
            for position in bytes.indices {
                var flipped = bytes
                flipped.flip(position)
                replace("with a bit of byte \(position) changed", flipped)
                // Base64url may lack its padding.
                let isPaddingOnly = bytes[position...].allSatisfy { $0 == UInt8(ascii: "=") } && trial.mayLackPadding
                if !isPaddingOnly { replace("cut to \(position) bytes", Array(bytes[..<position])) }
            }
            replace("with a byte more", bytes + [UInt8(ascii: "0")])
            add("without \(header.name)") { $0.headers.remove(at: index) }
            add("\(header.name) twice") { $0.headers.append(header) }
        }
        try add("another secret") { $0.secret = try Secret(text: "another secret, of another sender", encoding: .utf8) }
        return mutations
    }

    /// The request with only the one signature that makes it valid: a change of any other changes nothing.
    private static func withoutDecoys(_ trial: Trial) throws -> Trial {
        guard case .signature(let rules) = trial.verifier, rules.scheme.layout != .plain,
            let index = trial.headers.firstIndex(where: { trial.isSignature($0.name) })
        else { return trial }
        let separator = rules.scheme.layout == .keyed ? "," : rules.scheme.separator
        let elements = trial.headers[index].value.components(separatedBy: separator).map {
            $0.trimmingCharacters(in: .whitespaces)
        }
        let timestamps = elements.filter { $0.hasPrefix("\(rules.scheme.keys?.timestamp ?? "?")=") }
        let valid = elements.filter { !timestamps.contains($0) }.map { element in
            var reduced = trial
            reduced.headers[index].value = (timestamps + [element]).joined(separator: separator)
            return reduced
        }.filter { $0.isAccepted() }
        try #require(valid.count == 1)
        return valid[0]
    }
}

extension Trial {
    fileprivate var signsBody: Bool {
        switch verifier {
        case .signature: true
        case .token(let rule): rule.signsBody
        }
    }

    fileprivate var mayLackPadding: Bool {
        if case .signature(let rules) = verifier { rules.scheme.encoding == .base64url } else { false }
    }

    fileprivate func isSignature(_ name: String) -> Bool {
        switch verifier {
        case .signature(let rules): rules.scheme.headers.contains { $0.lowercased() == name.lowercased() }
        case .token(let rule): rule.header?.lowercased() == name.lowercased()
        }
    }

    /// Whether a header has a part in the request's being valid.
    fileprivate func counts(_ name: String) -> Bool {
        guard case .signature(let rules) = verifier, !isSignature(name) else { return isSignature(name) }
        return ((rules.timestamp?.headers ?? []) + (rules.id?.headers ?? [])).contains {
            $0.lowercased() == name.lowercased()
        }
    }
}

extension [UInt8] {
    /// Changes one of the lower seven bits, so that text stays text.
    fileprivate mutating func flip(_ index: Int) { self[index] ^= 1 << UInt8(index % 7) }
}
