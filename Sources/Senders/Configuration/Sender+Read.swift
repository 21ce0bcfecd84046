import SignedTokens
public import StrictYAML
import WebhookSignature

extension Sender {
    /// Reads all senders, reporting names that come twice.
    ///
    /// - Parameter items: the items of `senders`. Problems go where the items' problems go.
    /// - Returns: those that could be read; use them only when nothing was reported.
    public static func readAll(_ items: [YAMLMapping]) -> [Sender] {
        var names: Set<String> = []
        return items.compactMap { item in
            guard let sender = read(item) else { return nil }
            if !names.insert(sender.name).inserted { item.report("another sender has this name", at: "name") }
            return sender
        }
    }

    /// Reads one sender, laid over its preset.
    public static func read(_ written: YAMLMapping) -> Sender? {
        let preset = preset(of: written)
        // An id or a credential is found in a header or at a path: naming one drops the preset's other.
        let mapping = preset.map { written.merged(over: $0.sender, alternatives: ["header", "path"]) } ?? written
        _ = mapping.has("preset")
        let name = name(in: mapping)
        let signature = mapping.mapping("signature").flatMap(scheme)
        let timestamp = mapping.mapping("timestamp").flatMap { timestampRule($0, signature: signature) }
        let id = mapping.mapping("id").flatMap(idSource)
        let secrets = mapping.secrets("secrets") ?? []
        let credential = mapping.mapping("credential").flatMap(credentialRule)
        let token = mapping.mapping("token").flatMap(tokenRule)
        let lookup = mapping.mapping("lookup").flatMap(lookupRule)
        // Who can be asked for the email need not send one.
        let sendsEmail = !mapping.has("lookup")
        let events = mapping.mapping("events", .required).flatMap { eventRule($0, sendsEmail: sendsEmail) }
        let chat = chatRule(mapping, events: events)
        let response = mapping.mapping("response").map(response) ?? Response()
        let handshake = handshake(mapping, signature: signature)
        let allowFrom = mapping.strings("allow_from") ?? []
        for range in allowFrom where !AddressRangeText.isReadable(range) {
            mapping.report("holds what is no address and no range", at: "allow_from", hint: "such as 192.0.2.0/24")
        }
        let replayMemory = mapping.duration("replay_memory", in: .seconds(60)...(.seconds(86_400 * 36_500)))
        let policy = mapping.node("policy").map { node in
            PolicySection(node: node, path: mapping.path(of: "policy"), section: mapping.mark(of: "policy"))
        }
        check(mapping, signature: signature, timestamp: timestamp, id: id, secrets: secrets, token: token)
        checkNames(of: secrets, mapping)
        check(mapping, token: token, events: events)
        guard let name, let events else { return nil }
        return Sender(
            name: name,
            preset: preset?.name,
            proof: preset?.proof ?? .unproven,
            signature: signature,
            timestamp: timestamp,
            id: id,
            secrets: secrets,
            credential: credential,
            token: token,
            events: events,
            response: response,
            handshake: handshake,
            allowFrom: allowFrom,
            replayMemory: replayMemory,
            policy: policy,
            mark: written.section,
            keyPath: written.path,
            lookup: lookup,
            chat: chat,
            effective: record(mapping.node)
        )
    }

    /// The record that stands by itself: its name first, and without the preset that is in it already.
    private static func record(_ node: YAMLNode) -> YAMLNode {
        guard case .mapping(let entries) = node.value else { return node }
        let rest = entries.filter { $0.key != "name" && $0.key != "preset" }
        return YAMLNode(value: .mapping(entries.filter { $0.key == "name" } + rest), mark: node.mark)
    }

    private static func preset(of written: YAMLMapping) -> Preset? {
        guard let name = written.string("preset") else { return nil }
        do {
            if Preset.isFile(name) {
                return try Preset.file(name, namedAt: written.mark(of: "preset"), keyPath: written.path(of: "preset"))
            }
            if let preset = try Preset.named(name) { return preset.placed(at: written.section) }
        } catch {
            for problem in error.errors { written.problems.report(problem) }
            return nil
        }
        let nearest = Nearest.match(for: name, among: Preset.names)
        written.report(
            "is an unknown preset; there are \(Preset.names.joined(separator: ", "))",
            at: "preset",
            hint: nearest.map { "did you mean \($0)?" }
        )
        return nil
    }

    private static func name(in mapping: YAMLMapping) -> String? {
        guard let name = mapping.string("name", .required) else { return nil }
        let isUsable = name.utf8.allSatisfy { byte in
            (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-")
        }
        guard isUsable, name.utf8.count <= 64 else {
            mapping.report("must be of a to z, 0 to 9 and -, at most 64 of them", at: "name")
            return nil
        }
        return name
    }

    /// Which secret verified a delivery is told by its name, so no two may share one, nor look like a position.
    private static func checkNames(of secrets: [SecretReference], _ mapping: YAMLMapping) {
        var names: Set<String> = []
        for secret in secrets {
            guard let name = secret.name else { continue }
            var problem: String?
            if name.hasPrefix("#") { problem = "must not begin with #, which tells secrets without a name" }
            if !names.insert(name).inserted { problem = "another secret of this sender has this name" }
            guard let problem else { continue }
            mapping.problems.report(YAMLError(secret.mark, keyPath: "\(secret.keyPath).name", message: problem))
        }
    }

    /// A token that is the body holds the event; any other body is read by itself.
    private static func check(_ mapping: YAMLMapping, token: TokenRule?, events: EventRule?) {
        guard let events else { return }
        let isBody = token.map { $0.header == nil } ?? false
        if events.format == .set, !isBody, token != nil || !mapping.has("token") {
            mapping.report("set is for senders whose token is the body", at: "events.format", hint: "such as json")
        } else if isBody, events.format != .set {
            mapping.report("must be set, because the token is the body", at: "events.format")
        }
    }

    private static func check(
        _ mapping: YAMLMapping,
        signature: SignatureScheme?,
        timestamp: TimestampRule?,
        id: IDSource?,
        secrets: [SecretReference],
        token: TokenRule?
    ) {
        if !mapping.has("signature"), !mapping.has("credential"), !mapping.has("token") {
            mapping.report("has neither signature, credential nor token, so anybody could send", hint: "name a preset")
        }
        if mapping.has("signature") || token?.usesSecrets == true, secrets.isEmpty,
            !mapping.has("secrets") || mapping.list("secrets")?.isEmpty == true
        {
            mapping.report("is missing; without a secret nothing can be verified", at: "secrets")
        }
        if !mapping.has("signature"), !secrets.isEmpty, !mapping.has("token") || token?.usesSecrets == false {
            let missing = mapping.has("token") ? "no algorithm with a shared secret" : "no signature"
            mapping.report("has nothing to verify, since there is \(missing)", at: "secrets")
        }
        guard let signature else { return }
        if signature.content.signsTimestamp, !mapping.has("timestamp") {
            mapping.report("is missing, and signature.content holds {timestamp}", at: "timestamp")
        }
        if signature.content.signsID {
            switch id {
            case .header: break
            case .path: mapping.report("must be a header, because signature.content holds {id}", at: "id")
            case nil where !mapping.has("id"): mapping.report("is missing, and signature.content holds {id}", at: "id")
            case nil: break
            }
        }
    }
}
