import Foundation
import SignedTokens
import WebhookSignature

/// What of a signature can be told without telling a secret or the expected value.
extension Explainer {
    func describeSignature(of request: CapturedRequest, at now: Date, in explanation: inout Explanation) {
        if let scheme = sender.signature { describe(scheme, of: request, at: now, in: &explanation) }
        if let token = sender.token {
            let place = token.header.map { "in the header \($0)" } ?? "the body itself"
            let algorithms = token.algorithms.map(\.rawValue).joined(separator: ", ")
            let isMissing = token.header.map { request.values(of: $0).isEmpty } ?? request.body.isEmpty
            explanation.add(
                "token",
                "\(isMissing ? "missing, expected" : "found") \(place), pinned to \(algorithms)",
                isMissing ? .bad : .neutral
            )
        }
        if let credential = sender.credential {
            switch credential.place {
            case .header(let name):
                let isMissing = request.values(of: name).isEmpty
                explanation.add(
                    "credential",
                    isMissing ? "missing, expected in the header \(name)" : "found in the header \(name)",
                    isMissing ? .bad : .neutral
                )
            case .path(let path): explanation.add("credential", "expected in the body at \(path)")
            }
        }
    }

    private func describe(
        _ scheme: SignatureScheme,
        of request: CapturedRequest,
        at now: Date,
        in explanation: inout Explanation
    ) {
        guard let name = scheme.headers.first(where: { !request.values(of: $0).isEmpty }),
            let value = request.values(of: name).first
        else {
            let names = scheme.headers.joined(separator: " or ")
            explanation.add("signature", "no header \(names)", .bad)
            return
        }
        explanation.add("signature", "found in the header \(name), \(value.utf8.count) bytes")
        let elements = Self.elements(of: value, scheme)
        let usable = elements.filter { Self.isUsable($0, scheme) }
        explanation.add(
            "layout",
            "\(Self.words(scheme)); \(elements.count) found, \(usable.count) of them readable",
            usable.isEmpty ? .bad : .neutral
        )
        describeTimestamp(of: request, scheme, value, at: now, in: &explanation)
        describeContent(of: request, scheme, value, in: &explanation)
        if let position = matching(elements, of: request, scheme, name, value, at: now), elements.count > 1 {
            explanation.add("element", "number \(position + 1) of \(elements.count) matches", .good)
        }
    }

    private static func words(_ scheme: SignatureScheme) -> String {
        let prefix = scheme.prefix.isEmpty ? "" : " behind \"\(scheme.prefix)\""
        let form = "\(scheme.algorithm.rawValue) in \(scheme.encoding.rawValue)\(prefix)"
        return switch scheme.layout {
        case .plain: "one signature, \(form)"
        case .list: "a list divided by \"\(scheme.separator)\", each \(form)"
        case .keyed: "parts divided by commas, each \(scheme.keys?.signature ?? "")= is \(form)"
        }
    }

    /// The texts in the places where signatures stand.
    private static func elements(of value: String, _ scheme: SignatureScheme) -> [String] {
        switch scheme.layout {
        case .plain: return [value]
        case .list:
            return value.components(separatedBy: scheme.separator).map(trimmed).filter { !$0.isEmpty }
        case .keyed:
            return parts(of: value).filter { $0.key == scheme.keys?.signature }.map(\.value)
        }
    }

    private static func parts(of value: String) -> [(key: String, value: String)] {
        value.split(separator: ",").compactMap { part in
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return sides.count == 2 ? (trimmed(String(sides[0])), trimmed(String(sides[1]))) : nil
        }
    }

    private static func trimmed(_ text: String) -> String { text.trimmingCharacters(in: .whitespaces) }

    private static func isUsable(_ element: String, _ scheme: SignatureScheme) -> Bool {
        guard element.hasPrefix(scheme.prefix) else { return false }
        let digits = element.utf8.dropFirst(scheme.prefix.utf8.count)
        let bytes =
            switch scheme.encoding {
            case .hex: BinaryText.hex(digits)
            case .base64: BinaryText.base64(digits, strict: true, padded: true)
            case .base64url: BinaryText.base64(digits, alphabet: .url, strict: true, padded: false)
            }
        return bytes?.count == scheme.algorithm.length
    }

    private func timestampText(of request: CapturedRequest, _ scheme: SignatureScheme, _ value: String) -> String? {
        if scheme.layout == .keyed, let key = scheme.keys?.timestamp {
            return Self.parts(of: value).first { $0.key == key }?.value
        }
        let headers = sender.timestamp?.headers ?? []
        return headers.lazy.compactMap { request.values(of: $0).first }.first
    }

    private func describeTimestamp(
        of request: CapturedRequest,
        _ scheme: SignatureScheme,
        _ value: String,
        at now: Date,
        in explanation: inout Explanation
    ) {
        guard scheme.content.signsTimestamp, let rule = sender.timestamp else {
            explanation.add("timestamp", "none is signed, so none is looked at")
            return
        }
        guard let text = timestampText(of: request, scheme, value) else {
            explanation.add("timestamp", "missing", .bad)
            return
        }
        let isNumber = (1...16).contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
        guard isNumber, let number = Double(text) else {
            explanation.add("timestamp", "is anything but digits", .bad)
            return
        }
        let date = Date(timeIntervalSince1970: rule.unit == .milliseconds ? number / 1000 : number)
        let skew = now.timeIntervalSince(date)
        let isFresh = abs(skew) <= rule.tolerance / .seconds(1)
        let unit = rule.unit == .milliseconds ? "milliseconds" : "seconds"
        explanation.add(
            "timestamp",
            "\(text), read as \(unit): \(TimestampText.skew(skew)), \(Int(rule.tolerance / .seconds(1))) s are allowed",
            isFresh ? .good : .bad
        )
    }

    /// The content's pieces by their lengths; literals, which anybody may know, as they are.
    private func describeContent(
        of request: CapturedRequest,
        _ scheme: SignatureScheme,
        _ value: String,
        in explanation: inout Explanation
    ) {
        var total = 0
        func piece(_ name: String, _ count: Int) -> String {
            total += count
            return "{\(name)} of \(count) bytes"
        }
        let pieces = scheme.content.pieces.map { part -> String in
            switch part {
            case .literal(let text):
                total += text.utf8.count
                return "\"\(text.count > 8 ? "\(text.prefix(2))…\(text.suffix(2))" : text)\""
            case .body: return piece("body", request.body.count)
            case .timestamp: return piece("timestamp", timestampText(of: request, scheme, value)?.utf8.count ?? 0)
            case .id:
                guard case .header(let headers)? = sender.id else { return piece("id", 0) }
                let id = headers.lazy.compactMap { request.values(of: $0).first }.first
                return piece("id", id?.utf8.count ?? 0)
            }
        }
        let end = request.body.last == 0x0A ? "; the body ends with a line's end" : ""
        explanation.add("content", "\(pieces.joined(separator: ", ")): \(total) bytes are signed\(end)")
    }

    /// The first element that verifies when it stands alone.
    private func matching(
        _ elements: [String],
        of request: CapturedRequest,
        _ scheme: SignatureScheme,
        _ name: String,
        _ value: String,
        at now: Date
    ) -> Int? {
        elements.firstIndex { element in
            var alone = attempt(request, scheme)
            for index in alone.request.headers.indices
            where alone.request.headers[index].name.lowercased() == name.lowercased() {
                alone.request.headers[index].value = header(of: element, scheme, value)
            }
            return alone.verified(now: now) != nil
        }
    }

    private func header(of element: String, _ scheme: SignatureScheme, _ value: String) -> String {
        guard scheme.layout == .keyed, let keys = scheme.keys else { return element }
        let others = Self.parts(of: value).filter { $0.key != keys.signature }.map { "\($0.key)=\($0.value)" }
        return (others + ["\(keys.signature)=\(element)"]).joined(separator: ",")
    }

    func attempt(_ request: CapturedRequest, _ scheme: SignatureScheme) -> SignatureAttempt {
        var id: IDRule?
        if case .header(let headers)? = sender.id { id = IDRule(headers: headers) }
        return SignatureAttempt(
            request: request,
            scheme: scheme,
            timestamp: sender.timestamp,
            id: id,
            secrets: secrets,
            secretForm: .encoding(scheme.secretEncoding)
        )
    }
}
