import Offboarding
import Outbound
import Senders
import StrictYAML
import WebhookSignature

extension ConfigurationReader {
    /// The `notifications` section.
    func notifications(_ document: YAMLMapping) -> [NotificationSettings] {
        var names: Set<String> = []
        let items = document.mappings("notifications") ?? []
        return items.compactMap { item -> NotificationSettings? in
            guard let read = self.notification(item) else { return nil }
            if !names.insert(read.name).inserted { item.report("another notification has this name", at: "name") }
            return read
        }
    }

    private func notification(_ item: YAMLMapping) -> NotificationSettings? {
        let name = item.string("name", .required)
        let kind: NoticeTarget.Kind? = item.choice("kind", .required)
        let allowPrivate = item.boolean("allow_private") ?? false
        let events = self.events(item)
        let (way, host) = kind == .email ? mail(item, allowPrivate) : webhook(item, kind, allowPrivate)
        guard let name, let way else { return nil }
        return NotificationSettings(name: name, way: way, events: events, allowPrivate: allowPrivate, host: host)
    }

    private func webhook(
        _ item: YAMLMapping,
        _ kind: NoticeTarget.Kind?,
        _ allowPrivate: Bool
    ) -> (NotificationSettings.Way?, host: String?) {
        let url = self.url(item)
        let host = url.flatMap { self.host(of: $0, allowPrivate: allowPrivate, item) }
        let secret = self.secret(item, kind)
        let mention: NoticeTarget.Mention? = kind == .slack ? item.choice("mention") : nil
        guard let url, let kind else { return (nil, host) }
        switch kind {
        case .slack: return (.slack(url, mention), host)
        case .teams: return (.teams(url), host)
        case .standardWebhooks: return (secret.map { .standardWebhooks(url, $0) }, host)
        case .email: return (nil, host)
        }
    }

    /// Checks what a sender's lookup needs beside its own section.
    func check(_ lookup: LookupRule, of sender: Sender, _ problems: YAMLProblems) {
        if let problem = LookupClient.problem(of: lookup) {
            let hint = lookup.allowPrivate ? nil : "allow_private: true is for services in your own network"
            problems.report(
                YAMLError(sender.mark, keyPath: "\(sender.keyPath).lookup.url", message: problem, hint: hint)
            )
        }
        guard needs.contains(.outboundSecrets) else { return }
        for header in lookup.headers {
            _ = header.value.resolve(environment: environment, relativeTo: directory, problems: problems)
        }
    }

    private func url(_ item: YAMLMapping) -> NotificationSettings.Address? {
        guard let node = item.node("url", .required) else { return nil }
        if case .mapping = node.value { return item.secret("url").map(NotificationSettings.Address.secret) }
        return item.string("url").map(NotificationSettings.Address.written)
    }

    /// The URL's host, where the URL can be read and used.
    private func host(of address: NotificationSettings.Address, allowPrivate: Bool, _ item: YAMLMapping) -> String? {
        let text: String
        switch address {
        case .written(let written): text = written
        case .secret(let reference):
            guard needs.contains(.outboundSecrets),
                let value = reference.resolve(
                    environment: environment,
                    relativeTo: directory,
                    problems: item.problems
                )
            else { return nil }
            text = value.text
        }
        do throws(OutboundTarget.Problem) {
            return try NoticeTarget.target(text, allowPrivate: allowPrivate).host
        } catch {
            item.report(error.description, at: "url")
            return nil
        }
    }

    private func secret(_ item: YAMLMapping, _ kind: NoticeTarget.Kind?) -> SecretReference? {
        guard kind != .slack, kind != .teams else {
            if item.has("secret") { item.report("is not used: a chat does not verify who posts", at: "secret") }
            return nil
        }
        guard let reference = item.secret("secret", kind == nil ? .optional : .required) else { return nil }
        guard needs.contains(.outboundSecrets),
            let value = reference.resolve(environment: environment, relativeTo: directory, problems: item.problems)
        else { return reference }
        do {
            _ = try Secret(text: value.text, encoding: .whsec)
        } catch {
            item.report("\(reference.place): \(error)", at: "secret")
        }
        return reference
    }

    private func events(_ item: YAMLMapping) -> [Notice.Kind] {
        guard let words = item.strings("events") else { return Notice.Kind.usual }
        if words.isEmpty { item.report("must name at least one event", at: "events") }
        var kinds: [Notice.Kind] = []
        for word in words {
            guard let kind = Notice.Kind(rawValue: word) else {
                let all = Notice.Kind.allCases.map(\.rawValue)
                item.report(
                    "\(word) is no event; there are \(all.joined(separator: ", "))",
                    at: "events",
                    hint: Nearest.match(for: word, among: all).map { "did you mean \($0)?" }
                )
                continue
            }
            if !kinds.contains(kind) { kinds.append(kind) }
        }
        return kinds
    }
}
