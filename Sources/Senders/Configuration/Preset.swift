import Foundation
public import StrictYAML

/// A sender's record to be laid under a configured sender: one that ships with the program, or a file of the company's.
public struct Preset: Sendable {
    /// The presets that ship, each a file in `Presets/`.
    private static let files: [(name: String, bytes: [UInt8])] = [
        ("standard-webhooks", PackageResources.standard_webhooks_yaml),
        ("svix", PackageResources.svix_yaml),
        ("github", PackageResources.github_yaml),
        ("jira", PackageResources.jira_yaml),
        ("slack", PackageResources.slack_yaml),
        ("teams", PackageResources.teams_yaml),
        ("workos", PackageResources.workos_yaml),
        ("bamboohr", PackageResources.bamboohr_yaml),
        ("hibob", PackageResources.hibob_yaml),
        ("deel", PackageResources.deel_yaml),
        ("gusto", PackageResources.gusto_yaml),
        ("merge", PackageResources.merge_yaml),
        ("finch", PackageResources.finch_yaml),
        ("keycloak", PackageResources.keycloak_yaml),
        ("zitadel", PackageResources.zitadel_yaml),
        ("boxyhq", PackageResources.boxyhq_yaml),
        ("pagerduty", PackageResources.pagerduty_yaml),
        ("zoom", PackageResources.zoom_yaml),
        ("descope", PackageResources.descope_yaml),
        ("stripe-style", PackageResources.stripe_style_yaml),
        ("okta", PackageResources.okta_yaml),
        ("google-workspace", PackageResources.google_workspace_yaml),
        ("microsoft-graph", PackageResources.microsoft_graph_yaml),
        ("auth0", PackageResources.auth0_yaml),
        ("onelogin", PackageResources.onelogin_yaml),
        ("jumpcloud", PackageResources.jumpcloud_yaml),
        ("personio", PackageResources.personio_yaml),
        ("rippling", PackageResources.rippling_yaml),
        ("authentik", PackageResources.authentik_yaml),
        ("gitlab", PackageResources.gitlab_yaml),
        ("gitlab-token", PackageResources.gitlab_token_yaml),
        ("clerk", PackageResources.clerk_yaml),
        ("stytch", PackageResources.stytch_yaml),
        ("fusionauth", PackageResources.fusionauth_yaml),
        ("keycloak-jwt", PackageResources.keycloak_jwt_yaml),
        ("ssf", PackageResources.ssf_yaml),
    ]

    /// The largest preset file in bytes, so that a wrong path cannot fill memory.
    public static let largestFile = 65_536

    /// Whether the preset's behaviour was seen on a published vector or a live delivery.
    public enum Proof: String, Sendable, CaseIterable {
        case proven, unproven
    }

    /// The name under which it ships, or the path as it is written in the configuration.
    public let name: String
    /// One line about it.
    public let about: String
    public let proof: Proof
    /// What a sender that names the preset inherits.
    public let sender: YAMLNode
    /// The file as it is.
    public let text: String

    /// The names of all presets that ship, in the order in which they are listed.
    public static var names: [String] { files.map(\.name) }

    /// Whether a configuration means a file by this name: it holds a `/`, or ends in `.yaml`.
    public static func isFile(_ name: String) -> Bool { name.contains("/") || name.hasSuffix(".yaml") }

    /// Reads a preset that ships; `nil` where none has the name.
    ///
    /// - Throws: ``YAMLErrors`` when the file that ships is broken.
    public static func named(_ name: String) throws(YAMLErrors) -> Preset? {
        guard let file = files.first(where: { $0.name == name }) else { return nil }
        return try read(file.bytes, name: name, file: "preset \(name)")
    }

    /// Reads a preset from a file.
    ///
    /// - Parameters:
    ///   - path: as the configuration writes it; a relative path is relative to the configuration.
    ///   - mark: where the configuration names it. Its file says what the path is relative to, and what problems call
    ///     the preset's file.
    /// - Throws: ``YAMLErrors``, at the configuration's place where the file cannot be read, else at the preset's own.
    public static func file(_ path: String, namedAt mark: YAMLMark, keyPath: String) throws(YAMLErrors) -> Preset? {
        let file = path.hasPrefix("/") ? path : beside(mark.file, path)
        func failure(_ problem: String) -> YAMLErrors {
            YAMLErrors([YAMLError(mark, keyPath: keyPath, message: "the file \(file) \(problem)")])
        }
        guard let handle = FileHandle(forReadingAtPath: file) else { throw failure("cannot be opened") }
        let data: Data
        do {
            data = try handle.read(upToCount: largestFile + 1) ?? Data()
            try handle.close()
        } catch { throw failure("cannot be read") }
        guard data.count <= largestFile else { throw failure("is over \(largestFile) bytes") }
        return try read([UInt8](data), name: path, file: file)
    }

    /// The same preset, whose problems are told at a place of the configuration.
    func placed(at mark: YAMLMark) -> Preset {
        Preset(name: name, about: about, proof: proof, sender: sender.placed(at: mark), text: text)
    }

    private static func beside(_ configuration: String, _ path: String) -> String {
        let plain = path.hasPrefix("./") ? String(path.dropFirst(2)) : path
        guard let slash = configuration.lastIndex(of: "/") else { return plain }
        return configuration[...slash] + plain
    }

    private static func read(_ bytes: [UInt8], name: String, file: String) throws(YAMLErrors) -> Preset? {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw YAMLErrors([YAMLError(YAMLMark(file: file, line: 1, column: 1), message: "is not UTF-8")])
        }
        let document: YAMLNode
        do { document = try YAMLNode.parse(text, file: file) } catch { throw YAMLErrors([error]) }
        let problems = YAMLProblems()
        let root = YAMLMapping(document, problems: problems)
        let about = root.string("about", .required)
        let proof = root.choice("proof", of: Proof.self, .required)
        let sender = root.node("sender", .required)
        if let sender, !sender.isMapping { root.report("must be a mapping", at: "sender") }
        if let sender, sender.names("preset") {
            root.report("must not hold a preset: a preset is not laid over another", at: "sender")
        }
        root.finish()
        try problems.throwIfAny()
        guard let about, let proof, let sender else { return nil }
        return Preset(name: name, about: about, proof: proof, sender: sender, text: text)
    }
}

extension YAMLNode {
    fileprivate var isMapping: Bool {
        if case .mapping = value { true } else { false }
    }

    fileprivate func names(_ key: String) -> Bool {
        if case .mapping(let entries) = value { entries.contains { $0.key == key } } else { false }
    }
}
