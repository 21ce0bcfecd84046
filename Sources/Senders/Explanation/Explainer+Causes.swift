import Foundation
import StrictYAML
import WebhookSignature

/// Why a request is refused, as far as it was tried out.
extension Explainer {
    func causes(of cause: RefusalCause, _ request: CapturedRequest, at now: Date) -> [String] {
        switch cause {
        case .missingCredential, .wrongCredential: return credentialFindings(request)
        case .internalFailure, .keysUnavailable, .repeatedHeader: return []
        default: break
        }
        guard let scheme = sender.signature, scheme.algorithm != .ed25519 else { return [] }
        return SignatureDiagnosis(attempt: attempt(request, scheme), now: now).findings
    }

    /// What a credential in a header is found to be, where it nearly is the right one.
    private func credentialFindings(_ request: CapturedRequest) -> [String] {
        guard case .header(let name)? = sender.credential?.place, let expected = credential?.text else { return [] }
        func isExpected(_ text: String) -> Bool { ConstantTime.equal(Array(text.utf8), Array(expected.utf8)) }
        if let value = request.values(of: name).first {
            for word in ["Bearer ", "Token ", "Basic "] {
                if value.hasPrefix(word), isExpected(String(value.dropFirst(word.count))) {
                    return ["the header has \"\(word)\" in front of the secret, and the configured secret has not"]
                }
                if isExpected(word + value) {
                    return ["the configured secret has \"\(word)\" in front, and the header has not"]
                }
            }
            if isExpected(value + " ") || isExpected(" " + value) {
                return ["the configured secret has white space around it, which no header carries"]
            }
            return []
        }
        return request.headers.filter { isExpected($0.value) }.prefix(1).map { header in
            "the secret is in the header \(header.name): name it in credential.header"
        }
    }
}

/// Why the timestamp of a request whose signature is right is too far from now.
struct ClockDiagnosis {
    let sender: Sender
    /// Seconds from the timestamp to now.
    let skew: Double
    let timestamp: Date?
    let now: Date

    var findings: [String] {
        guard let rule = sender.timestamp, let timestamp else { return [] }
        let number = timestamp.timeIntervalSince1970
        let isMilliseconds = rule.unit == .milliseconds
        // In the wrong unit a time of today is a thousand times too large, or too small.
        let other = Date(timeIntervalSince1970: isMilliseconds ? number * 1000 : number / 1000)
        if abs(skew) > Self.year, abs(now.timeIntervalSince(other)) < Self.year {
            return isMilliseconds
                ? ["the timestamp is in seconds: set timestamp.unit: s"]
                : ["the timestamp is in milliseconds: set timestamp.unit: ms"]
        }
        let direction = skew > 0 ? "behind" : "ahead of"
        return [
            "the signature is right; the timestamp is \(Int(abs(skew))) s \(direction) the time that it is judged by: "
                + "either a clock is off, or the request came at another time (give that as --at)"
        ]
    }

    private static let year: Double = 366 * 86_400
}

/// Times in words for an explanation.
enum TimestampText {
    static func text(_ date: Date) -> String {
        // Beyond this no calendar is worth writing.
        guard abs(date.timeIntervalSince1970) < 253_402_300_800 else { return "a time after the year 9999" }
        return date.formatted(.iso8601)
    }

    static func skew(_ seconds: Double) -> String {
        let whole = abs(seconds) < 1e15 ? String(Int(abs(seconds))) : "more than 10¹⁵"
        return seconds < 0 ? "\(whole) s in the future" : "\(whole) s ago"
    }
}
