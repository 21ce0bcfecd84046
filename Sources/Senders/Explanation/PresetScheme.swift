import StrictYAML
import WebhookSignature

/// How the requests of a preset are signed.
struct PresetScheme {
    let name: String
    let scheme: SignatureScheme
    let timestamp: TimestampRule?
    let id: IDRule?

    /// Those of all presets that ship and sign by an HMAC.
    static var all: [PresetScheme] {
        Preset.names.compactMap { name in
            // A preset that cannot be read is found by whoever names it.
            do { return try Preset.named(name).flatMap(PresetScheme.init) } catch { return nil }
        }
    }

    private init?(_ preset: Preset) {
        let mapping = YAMLMapping(preset.sender, problems: YAMLProblems())
        guard let scheme = mapping.mapping("signature").flatMap(Sender.scheme), scheme.algorithm != .ed25519 else {
            return nil
        }
        name = preset.name
        self.scheme = scheme
        timestamp = mapping.mapping("timestamp").flatMap { Sender.timestampRule($0, signature: scheme) }
        if case .header(let headers)? = mapping.mapping("id").flatMap(Sender.idSource) {
            id = IDRule(headers: headers)
        } else {
            id = nil
        }
    }
}
