import Foundation
import Senders
import StrictYAML
import WebhookSignature

/// Files of `fixtures/` and of the module's own folder.
enum Fixture {
    static let secret = "whsec_Zml4dHVyZSBrZXksIGZvciBub3RoaW5nIGVsc2U="
    static let now = Date(timeIntervalSince1970: 1_795_536_000)

    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static func bytes(_ path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: root.appending(path: "fixtures/\(path)")))
    }

    static func names(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path).sorted()
    }

    /// A file of `Name: value` lines.
    static func headers(_ path: String) throws -> [(name: String, value: String)] {
        let text = String(decoding: try bytes(path), as: UTF8.self)
        return text.split(separator: "\n").compactMap { line -> (name: String, value: String)? in
            let parts = line.split(separator: ":", maxSplits: 1)
            return parts.count == 2 ? (String(parts[0]), String(parts[1].dropFirst())) : nil
        }
    }
}

extension [(name: String, value: String)] {
    func values(of name: String) -> HeaderValues {
        HeaderValues(filter { $0.name.lowercased() == name.lowercased() }.map(\.value))
    }
}

/// Senders read from YAML as a configuration holds them.
enum Configured {
    static func senders(_ yaml: String) throws -> (senders: [Sender], problems: [String]) {
        let problems = YAMLProblems()
        let root = YAMLMapping(try YAMLNode.parse(yaml, file: "offboard.yaml"), problems: problems)
        let senders = Sender.readAll(root.mappings("senders", .required) ?? [])
        root.finish()
        return (senders, problems.errors.map(\.description))
    }

    static func problems(_ yaml: String) throws -> [String] { try senders(yaml).problems }

    struct Unreadable: Error {
        let problems: [String]
    }

    static func sender(_ yaml: String) throws -> Sender {
        let read = try senders("senders:\n  - " + yaml.split(separator: "\n").joined(separator: "\n    "))
        guard let sender = read.senders.first, read.problems.isEmpty else { throw Unreadable(problems: read.problems) }
        return sender
    }

    /// A sender of a preset with what the preset asks for: secrets, a credential, or where public keys are.
    static func preset(_ name: String) throws -> Sender {
        guard let preset = try Preset.named(name) else { throw Unreadable(problems: ["there is no preset \(name)"]) }
        let root = YAMLMapping(preset.sender, problems: YAMLProblems())
        let token = root.mapping("token")
        let section =
            if root.has("credential") {
                "credential: {value: {env: SECRET}}"
            } else if let token, token.oneOrMore("algorithms")?.contains(where: { !$0.hasPrefix("HS") }) == true {
                token.has("header")
                    ? "token: {jwks: \"https://idp.example.com/keys\"}"
                    : "token: {jwks: \"https://idp.example.com/keys\", issuer: \"https://idp.example.com/\","
                        + " audience: \"https://hooks.example.com\"}"
            } else {
                "secrets: [{name: old, env: OLD}, {env: SECRET}]"
            }
        return try sender("{name: hr, preset: \(name), \(section)}")
    }

    static func authenticator(_ sender: Sender, environment: [String: String]? = nil) throws -> Authenticator {
        let problems = YAMLProblems()
        let environment = environment ?? ["SECRET": Fixture.secret, "OLD": "whsec_b2xkIHNlY3JldCwgcmV0aXJlZCBub3c="]
        let authenticator = Authenticator(sender, environment: environment, relativeTo: "/", problems: problems)
        guard let authenticator else { throw Unreadable(problems: problems.errors.map(\.description)) }
        return authenticator
    }
}
