import Foundation
import Testing

@testable import WebhookSignature

@Suite("Signature verifier")
struct SignatureVerifierTests {
    let now = Date(timeIntervalSince1970: 1_764_000_000)
    let body = Array(#"{"type":"employee.departed"}"#.utf8)
    let old = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    let current = "whsec_plJ3nmyCDGBKInavdOK15jsl"

    func verifier(_ secrets: [Secret]? = nil) throws -> SignatureVerifier {
        let secrets = try secrets ?? [Secret(name: "current", text: current, encoding: .whsec)]
        return try Scheme.standard().verifier(secrets: secrets)
    }

    func verify(
        changing name: String,
        to values: (String) -> [String],
        signedAt: Date? = nil
    ) throws -> Verification {
        let verifier = try verifier()
        let headers = try verifier.sign(body: body, id: "evt_1", timestamp: signedAt ?? now)
        return verifier.verify(
            headers: { asked in
                let value = headers.values(of: asked)
                return asked == name.lowercased() ? HeaderValues(values(value.first ?? "")) : value
            },
            body: body,
            now: now
        )
    }

    @Test("a missing signature, id or timestamp is refused")
    func missing() throws {
        #expect(try verify(changing: "webhook-signature", to: { _ in [] }) == .refused(.missingSignature))
        #expect(try verify(changing: "webhook-id", to: { _ in [] }) == .refused(.missingID))
        #expect(try verify(changing: "webhook-timestamp", to: { _ in [] }) == .refused(.missingTimestamp))
    }

    @Test("a signature, id or timestamp that comes twice is refused, even twice the same")
    func repeated() throws {
        for name in ["webhook-signature", "webhook-id", "webhook-timestamp"] {
            #expect(try verify(changing: name, to: { [$0, $0] }) == .refused(.repeatedHeader))
        }
    }

    @Test(
        "an empty, prefix-only, truncated, prefixed twice or unprefixed signature is malformed",
        arguments: ["", " ", "v1,", "v1", "v1,AAAA", "v1a,AAAA", "v1,v1,AAAA", "v1,=", "v1,====", "v1,\u{E9}"]
    )
    func malformed(_ header: String) throws {
        #expect(try verify(changing: "webhook-signature", to: { _ in [header] }) == .refused(.malformedSignature))
    }

    @Test("a signature without its padding, with a stray bit or in upper-case prefix is malformed")
    func strictBase64() throws {
        #expect(
            try verify(changing: "webhook-signature", to: { [String($0.dropLast())] }) == .refused(.malformedSignature)
        )
        #expect(
            try verify(changing: "webhook-signature", to: { ["V" + $0.dropFirst()] }) == .refused(.malformedSignature)
        )
        #expect(BinaryText.base64("QQ==".utf8, strict: true, padded: true) == [65])
        #expect(BinaryText.base64("QR==".utf8, strict: true, padded: true) == nil)
        #expect(BinaryText.base64("QR".utf8, strict: false, padded: false) == [65])
        #expect(BinaryText.base64("Q".utf8, strict: false, padded: false) == nil)
        #expect(BinaryText.base64("QQ=".utf8, strict: false, padded: false) == nil)
        #expect(BinaryText.base64("Q Q=".utf8, strict: false, padded: false) == nil)
        #expect(BinaryText.base64("-_-_".utf8, strict: true, padded: true) == nil)
        #expect(BinaryText.base64("-_-_".utf8, alphabet: .url, strict: true, padded: true) == [0xFB, 0xFF, 0xBF])
    }

    @Test("elements of unknown versions and signatures of other secrets are passed over")
    func list() throws {
        let other = "v1," + BinaryText.base64Text([UInt8](repeating: 7, count: 32))
        let accepted = try verify(changing: "webhook-signature", to: { ["v1a,AAAA v2,x \(other) \($0) junk"] })
        guard case .verified = accepted else {
            Issue.record("\(accepted)")
            return
        }
        #expect(try verify(changing: "webhook-signature", to: { _ in [other] }) == .refused(.wrongSignature))
    }

    @Test("more than 32 signatures and a header over 4096 bytes are refused before any is tried")
    func bounded() throws {
        let short = Array(repeating: "v1,AAAA", count: 32).joined(separator: " ")
        #expect(
            try verify(changing: "webhook-signature", to: { ["\(short) \($0)"] }) == .refused(.tooManySignatures)
        )
        let long = String(repeating: "x", count: 4097)
        for name in ["webhook-signature", "webhook-id", "webhook-timestamp"] {
            #expect(try verify(changing: name, to: { _ in [long] }) == .refused(.headerTooLong))
        }
    }

    @Test(
        "a timestamp that is anything but digits is malformed",
        arguments: [
            "", "-1764000000", "+1764000000", "1764000000.0", " 1764000000", "1.7e9", "0x69", "١٧٦٤",
            "17640000000000000",
        ]
    )
    func timestamps(_ text: String) throws {
        #expect(try verify(changing: "webhook-timestamp", to: { _ in [text] }) == .refused(.malformedTimestamp))
    }

    @Test("the tolerance holds on both sides, its bound included")
    func tolerance() throws {
        for (skew, expected) in [
            (300.0, VerifiedRequest.Staleness.fresh), (-300, .fresh), (301, .stale(skew: 301)),
            (-301, .stale(skew: -301)),
        ] {
            let verification = try verify(
                changing: "",
                to: { [$0] },
                signedAt: now.addingTimeInterval(-skew)
            )
            guard case .verified(let request) = verification else {
                Issue.record("\(verification)")
                continue
            }
            #expect(request.staleness == expected)
        }
    }

    @Test("a wrong signature is wrong however stale it is")
    func staleAndWrong() throws {
        let verification = try verify(
            changing: "webhook-id",
            to: { _ in ["evt_2"] },
            signedAt: now.addingTimeInterval(-9000)
        )
        #expect(verification == .refused(.wrongSignature))
    }

    @Test("an id that is empty, over 256 bytes or holds a dot is malformed")
    func ids() throws {
        for id in ["", "a.b", String(repeating: "é", count: 129)] {
            #expect(try verify(changing: "webhook-id", to: { _ in [id] }) == .refused(.malformedID))
            #expect(throws: SignatureError.self) { try verifier().sign(body: body, id: id, timestamp: now) }
        }
        #expect(throws: Never.self) {
            try verifier().sign(body: body, id: String(repeating: "a", count: 256), timestamp: now)
        }
    }

    @Test("any configured secret may match, and its name is told")
    func rotation() throws {
        let secrets = try [
            Secret(name: "new", text: current, encoding: .whsec), Secret(name: "old", text: old, encoding: .whsec),
        ]
        let headers = try verifier([secrets[1]]).sign(body: body, id: "evt_1", timestamp: now)
        let verification = try verifier(secrets).verify(headers: headers.values(of:), body: body, now: now)
        #expect(
            verification
                == .verified(VerifiedRequest(secretName: "old", signedID: "evt_1", timestamp: now, staleness: .fresh))
        )
        let refused = try verifier([secrets[0]]).verify(headers: headers.values(of:), body: body, now: now)
        #expect(refused == .refused(.wrongSignature))
    }

    @Test("two timestamps in one keyed header are refused")
    func keyed() throws {
        let rules = try Scheme.keyed("X-Signature", signature: "v1", unit: .seconds)
        let verifier = try rules.verifier(secrets: [Secret(text: "secret", encoding: .utf8)])
        let header = try verifier.sign(body: body, id: "", timestamp: now).values(of: "X-Signature").first ?? ""
        func verify(_ header: String) -> Verification {
            verifier.verify(headers: { $0 == "x-signature" ? [header] : [] }, body: body, now: now)
        }
        guard case .verified = verify(header) else {
            Issue.record("\(verify(header))")
            return
        }
        #expect(verify("t=1,\(header)") == .refused(.malformedTimestamp))
        #expect(verify("\(header),v0=x,junk,=,") == verify(header))
        #expect(verify(String(header.drop { $0 != "v" })) == .refused(.missingTimestamp))
        #expect(verify("t=1764000000") == .refused(.malformedSignature))
    }

    @Test("an id outside the signed content is no signed id")
    func unsignedID() throws {
        var rules = Scheme.gitHub
        rules.id = IDRule(headers: ["X-GitHub-Delivery"])
        let verifier = try rules.verifier(secrets: [Secret(text: "It's a Secret", encoding: .utf8)])
        let headers = try verifier.sign(body: body, id: "d-1", timestamp: now)
        #expect(headers.map(\.name) == ["X-GitHub-Delivery", "X-Hub-Signature-256"])
        #expect(verifier.verify(headers: headers.values(of:), body: body, now: now) == .verified(VerifiedRequest()))
    }

    @Test("eight tasks verify with one verifier at once, each its own body")
    func concurrency() async throws {
        let verifier = try verifier()
        let right = try await withThrowingTaskGroup(of: Int.self) { group in
            for task in 0..<8 {
                group.addTask {
                    var right = 0
                    for number in 0..<200 {
                        let body = Array("\(task) \(number)".utf8)
                        let headers = try verifier.sign(body: body, id: "evt", timestamp: now)
                        let verification = verifier.verify(headers: headers.values(of:), body: body, now: now)
                        if case .verified = verification { right += 1 }
                    }
                    return right
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(right == 1600)
    }
}
