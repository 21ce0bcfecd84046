import Foundation
import Offboarding

@testable import HTTPListener
@testable import Senders
@testable import WebhookSignature

/// A reader of what strangers send, and what must hold whatever comes.
enum Target: String {
    case header, signature, json, form, path

    func run(_ input: [UInt8]) {
        switch self {
        case .header: Self.header(input)
        case .signature: Self.signature(input)
        case .json: Self.json(input)
        case .form: Self.form(input)
        case .path: Self.path(input)
        }
    }

    /// The fields of a head, as the listener judges them.
    private static func header(_ input: [UInt8]) {
        let fields = input.split(separator: UInt8(ascii: "\n")).prefix(64).map { line -> HeaderField in
            let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
            let value = parts.count == 2 ? String(decoding: parts[1], as: UTF8.self) : ""
            return HeaderField(String(decoding: parts[0], as: UTF8.self).lowercasedASCII, value)
        }
        let headers = HeaderFields(fields)
        let framing = Framing(version: "HTTP/1.1", headers: headers)
        if case .length = framing { precondition(headers.count(of: "transfer-encoding") == 0) }
        if headers.count(of: "content-length") > 1, case .length = framing { preconditionFailure("two lengths") }
        guard let proxy = IPAddress("192.0.2.1"), let range = try? AddressRange("192.0.2.0/24") else { return }
        _ = ForwardedFor.client(peer: proxy, headers: headers, trusted: [range])
        _ = IPAddress(String(decoding: input.prefix(64), as: UTF8.self))
        _ = try? AddressRange(String(decoding: input.prefix(64), as: UTF8.self))
    }

    private static let verifiers: [SignatureVerifier] = {
        let whsec = SignatureScheme(
            headers: ["s"],
            encoding: .base64,
            prefix: "v1,",
            content: (try? ContentTemplate("{id}.{timestamp}.{body}")) ?? .body,
            layout: .list
        )
        let keyed = SignatureScheme(
            headers: ["s"],
            encoding: .hex,
            content: (try? ContentTemplate("{timestamp}.{body}")) ?? .body,
            layout: .keyed,
            keys: .init(timestamp: "t", signature: "v1")
        )
        let plain = SignatureScheme(headers: ["s"], algorithm: .sha512, encoding: .base64url, prefix: "sha=")
        return [whsec, keyed, plain].compactMap { scheme in
            guard let secret = try? Secret(text: "a secret of the fuzzer", encoding: .utf8) else { return nil }
            return try? SignatureVerifier(
                scheme: scheme,
                timestamp: TimestampRule(headers: ["t"]),
                id: IDRule(headers: ["i"]),
                secrets: [secret]
            )
        }
    }()

    /// Headers that a stranger chose never verify.
    private static func signature(_ input: [UInt8]) {
        let parts = input.split(separator: 0, maxSplits: 3, omittingEmptySubsequences: false)
        func part(_ index: Int) -> HeaderValues {
            index < parts.count ? [String(decoding: parts[index], as: UTF8.self)] : []
        }
        let headers = ["s": part(0), "t": part(1), "i": part(2)]
        let body = parts.count > 3 ? Array(parts[3]) : []
        for verifier in verifiers {
            let verification = verifier.verify(headers: { headers[$0] ?? [] }, body: body, now: .now)
            if case .verified = verification { preconditionFailure("forged") }
        }
    }

    /// What our reader takes, Foundation's takes too, except numbers that are too large for it.
    private static func json(_ input: [UInt8]) {
        guard let value = try? JSONValue(parsing: input), hasFiniteNumbers(value), input.count < 4096 else { return }
        let taken = try? JSONSerialization.jsonObject(with: Data(input), options: .fragmentsAllowed)
        precondition(taken != nil, "only ours takes it")
    }

    private static func hasFiniteNumbers(_ value: JSONValue) -> Bool {
        switch value {
        case .number(let text): Double(text)?.isFinite == true
        case .array(let items): items.allSatisfy(hasFiniteNumbers)
        case .object(let members): members.allSatisfy { hasFiniteNumbers($0.value) }
        case .null, .boolean, .string: true
        }
    }

    private static func form(_ input: [UInt8]) {
        _ = try? FormBody.value(of: input, json: nil)
        _ = try? FormBody.value(of: input, json: "payload")
    }

    /// A path in the first line, a document behind it.
    private static func path(_ input: [UInt8]) {
        let parts = input.split(separator: UInt8(ascii: "\n"), maxSplits: 1, omittingEmptySubsequences: false)
        guard let path = try? JSONPath(String(decoding: parts[0], as: UTF8.self)), parts.count == 2,
            let document = try? JSONValue(parsing: Array(parts[1]))
        else { return }
        _ = try? path.select(in: document, body: document)
    }
}
