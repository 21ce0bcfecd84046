public import StrictYAML

/// A sender's record as it ships with the program, to be laid under a configured sender.
public struct Preset: Sendable {
    /// The presets that ship, each a file in `Presets/`.
    private static let files: [(name: String, bytes: [UInt8])] = [
        ("standard-webhooks", PackageResources.standard_webhooks_yaml),
        ("svix", PackageResources.svix_yaml),
        ("github", PackageResources.github_yaml),
    ]

    /// Whether the preset's behaviour was seen on a published vector or a live delivery.
    public enum Proof: String, Sendable, CaseIterable {
        case proven, unproven
    }

    public let name: String
    /// One line about it.
    public let about: String
    public let proof: Proof
    /// What a sender that names the preset inherits.
    public let sender: YAMLNode

    /// The names of all presets, in the order in which they are listed.
    public static var names: [String] { files.map(\.name) }

    /// Reads a preset; `nil` where none has the name.
    ///
    /// - Throws: ``YAMLErrors`` when the file that ships is broken.
    public static func named(_ name: String) throws(YAMLErrors) -> Preset? {
        guard let file = files.first(where: { $0.name == name }) else { return nil }
        let document: YAMLNode
        do {
            let text = String(decoding: file.bytes, as: UTF8.self)
            document = try YAMLNode.parse(text, file: "preset \(name)")
        } catch { throw YAMLErrors([error]) }
        let problems = YAMLProblems()
        let root = YAMLMapping(document, problems: problems)
        let about = root.string("about", .required)
        let proof = root.choice("proof", of: Proof.self, .required)
        let sender = root.node("sender", .required)
        root.finish()
        try problems.throwIfAny()
        guard let about, let proof, let sender else { return nil }
        return Preset(name: name, about: about, proof: proof, sender: sender)
    }
}
