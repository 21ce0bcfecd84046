import Foundation
import Offboarding
import Outbound
import Presentation
import StrictYAML

/// A target of notices, as it is configured.
struct NotificationSettings: Sendable {
    /// Where a URL is: in the configuration, or with the secrets, because whoever has a chat's webhook URL can post there.
    enum Address: Sendable {
        case written(String)
        case secret(SecretReference)
    }

    let name: String
    let kind: NoticeTarget.Kind
    let url: Address
    let secret: SecretReference?
    let events: [Notice.Kind]
    let allowPrivate: Bool
    /// For people; `nil` where the URL was not read.
    let host: String?

    /// What sends there.
    func target(relativeTo directory: String) -> NoticeTarget {
        let url = url
        return NoticeTarget(
            name: name,
            kind: kind,
            events: events,
            url: {
                switch url {
                case .written(let text): return text
                case .secret(let reference): return try reference.current(relativeTo: directory)
                }
            },
            secret: secret.map { reference -> NoticeTarget.Reader in
                { try reference.current(relativeTo: directory) }
            },
            allowPrivate: allowPrivate
        )
    }

    /// For programs.
    var json: JSONOutput {
        .object([
            ("name", .text(name)),
            ("kind", .text(kind.rawValue)),
            ("host", .optional(host)),
            ("events", .list(events.map { .text($0.rawValue) })),
        ])
    }
}

extension SecretReference {
    /// The secret as it is now.
    ///
    /// - Throws: `SecretReference.Problem`.
    func current(relativeTo directory: String) throws -> String {
        try resolve(environment: ProcessInfo.processInfo.environment, relativeTo: directory).text
    }
}
