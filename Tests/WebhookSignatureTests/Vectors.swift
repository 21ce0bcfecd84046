import Foundation
import Testing
import WebhookSignature

/// `fixtures/signatures.json`: published and derived signatures of many senders, each with its source.
struct Vectors: Decodable {
    struct Vector: Decodable, CustomTestStringConvertible {
        let id: String
        let expect: String
        let scheme: String
        let algorithm: String
        let encoding: String
        let secret: String
        let secretDecoding: String
        let signedContent: String
        let clock: Double?
        let timestampUnit: String?
        let headers: [String: String]?
        let body: String?
        /// The token, where it is one.
        let jws: String?

        var testDescription: String { id }

        var bytes: [UInt8]? { body.map { Array($0.utf8) } }

        func values(of name: String) -> HeaderValues {
            HeaderValues((headers ?? [:]).filter { $0.key.lowercased() == name.lowercased() }.map(\.value))
        }
    }

    let vectors: [Vector]

    static func read() throws -> [Vector] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let data = try Data(contentsOf: root.appending(path: "fixtures/signatures.json"))
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Vectors.self, from: data).vectors
    }
}

/// The schemes of the vectors, written out as configuration would write them.
enum Scheme {
    struct Rules {
        let scheme: SignatureScheme
        var timestamp: TimestampRule?
        var id: IDRule?

        func verifier(secrets: [Secret]) throws -> SignatureVerifier {
            try SignatureVerifier(scheme: scheme, timestamp: timestamp, id: id, secrets: secrets)
        }
    }

    static func standard(_ name: String = "webhook") throws -> Rules {
        Rules(
            scheme: SignatureScheme(
                headers: ["\(name)-signature"],
                encoding: .base64,
                prefix: "v1,",
                content: try ContentTemplate("{id}.{timestamp}.{body}"),
                layout: .list,
                separator: " ",
                secretEncoding: .whsec
            ),
            timestamp: TimestampRule(headers: ["\(name)-timestamp"]),
            id: IDRule(headers: ["\(name)-id"])
        )
    }

    static let gitHub = Rules(scheme: SignatureScheme(headers: ["X-Hub-Signature-256"], prefix: "sha256="))

    static func slack() throws -> Rules {
        Rules(
            scheme: SignatureScheme(
                headers: ["X-Slack-Signature"],
                prefix: "v0=",
                content: try ContentTemplate("v0:{timestamp}:{body}")
            ),
            timestamp: TimestampRule(headers: ["X-Slack-Request-Timestamp"])
        )
    }

    static func keyed(
        _ header: String,
        signature: String,
        unit: TimestampRule.Unit,
        tolerance: Duration = .seconds(300)
    ) throws -> Rules {
        Rules(
            scheme: SignatureScheme(
                headers: [header],
                content: try ContentTemplate("{timestamp}.{body}"),
                layout: .keyed,
                keys: SignatureScheme.Keys(timestamp: "t", signature: signature)
            ),
            timestamp: TimestampRule(headers: [], unit: unit, tolerance: tolerance)
        )
    }

    /// The rules for a vector's scheme; `nil` for a token, which another module verifies.
    static func rules(for vector: Vectors.Vector) throws -> Rules? {
        func body(_ header: String, _ encoding: SignatureScheme.Encoding = .hex, content: String = "{body}") throws
            -> Rules
        {
            let algorithm = try #require(SignatureScheme.Algorithm(rawValue: vector.algorithm))
            let template = try ContentTemplate(content)
            return Rules(
                scheme: SignatureScheme(headers: [header], algorithm: algorithm, encoding: encoding, content: template)
            )
        }
        switch vector.scheme {
        case "standard-webhooks": return try standard()
        case "svix": return try standard("svix")
        case "github-256": return gitHub
        case "slack-v0": return try slack()
        case "workos":
            return try keyed("WorkOS-Signature", signature: "v1", unit: .milliseconds, tolerance: .seconds(180))
        case "boxyhq": return try keyed("BoxyHQ-Signature", signature: "s", unit: .milliseconds)
        case "zitadel": return try keyed("ZITADEL-Signature", signature: "v1", unit: .seconds)
        case "stripe": return try keyed("Stripe-Signature", signature: "v1", unit: .seconds)
        case "raw-hmac":
            var rules = try body("signature")
            rules = Rules(
                scheme: {
                    var scheme = rules.scheme
                    scheme.secretEncoding = .hex
                    return scheme
                }()
            )
            return rules
        case "deel": return try body("x-deel-signature", content: "POST{body}")
        case "hibob": return try body("Bob-Signature", .base64)
        case "merge": return try body("X-Merge-Webhook-Signature", .base64url)
        case "gusto": return try body("X-Gusto-Signature")
        case "keycloak-p2": return try body("X-Keycloak-Signature")
        case "descope": return try body("x-descope-webhook-s256", .base64)
        case "pagerduty":
            return Rules(
                scheme: SignatureScheme(
                    headers: ["X-PagerDuty-Signature"],
                    prefix: "v1=",
                    layout: .list,
                    separator: ","
                )
            )
        case "teams":
            return Rules(
                scheme: SignatureScheme(
                    headers: ["Authorization"],
                    encoding: .base64,
                    prefix: "HMAC ",
                    secretEncoding: .base64
                )
            )
        case "jws-hs256": return nil
        default:
            Issue.record("no rules for the scheme \(vector.scheme)")
            return nil
        }
    }
}
