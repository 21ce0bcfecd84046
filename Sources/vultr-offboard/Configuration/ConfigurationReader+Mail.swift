import Foundation
import Outbound
import StrictYAML

extension ConfigurationReader {
    /// The keys of a notification of kind `email`: `to`, `from`, `relay`.
    func mail(_ item: YAMLMapping, _ allowPrivate: Bool) -> (NotificationSettings.Way?, host: String?) {
        let to = recipients(item)
        let from = sender(item)
        let written = item.string("relay") ?? MailRelay.usual
        do throws(MailRelay.Problem) {
            let relay = try MailRelay(written, allowPrivate: allowPrivate)
            guard let to, let from else { return (nil, relay.host) }
            return (.email(MailRoute(from: from, to: to, relay: relay)), relay.host)
        } catch {
            item.report(error.description, at: "relay")
            return (nil, nil)
        }
    }

    /// More would make one mail take longer than it may.
    private static let mostRecipients = 20

    private func recipients(_ item: YAMLMapping) -> [MailAddress]? {
        guard let node = item.node("to", .required) else { return nil }
        let texts: [String]?
        if case .sequence = node.value { texts = item.strings("to") } else { texts = item.string("to").map { [$0] } }
        guard let texts else { return nil }
        guard (1...Self.mostRecipients).contains(texts.count) else {
            item.report("must name from 1 to \(Self.mostRecipients) addresses; use a list at the mail server", at: "to")
            return nil
        }
        let addresses = texts.compactMap { address($0, "to", item) }
        return addresses.count == texts.count ? addresses : nil
    }

    private func sender(_ item: YAMLMapping) -> MailAddress? {
        if let text = item.string("from") { return address(text, "from", item) }
        return MailAddress("vultr-offboard@\(ProcessInfo.processInfo.hostName)")
            ?? MailAddress("vultr-offboard@localhost")
    }

    private func address(_ text: String, _ key: String, _ item: YAMLMapping) -> MailAddress? {
        guard let address = MailAddress(text) else {
            item.report("must be an email address alone, in ASCII", at: key)
            return nil
        }
        return address
    }
}
