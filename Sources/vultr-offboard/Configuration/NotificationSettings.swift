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

    /// What there is to each kind of target.
    enum Way: Sendable {
        case slack(Address, NoticeTarget.Mention?)
        case teams(Address)
        case standardWebhooks(Address, SecretReference)
        case email(MailRoute)
    }

    let name: String
    let way: Way
    let events: [Notice.Kind]
    let allowPrivate: Bool
    /// For people; `nil` where the URL was not read.
    let host: String?

    var kind: NoticeTarget.Kind {
        switch way {
        case .slack: .slack
        case .teams: .teams
        case .standardWebhooks: .standardWebhooks
        case .email: .email
        }
    }

    /// What sends there.
    func target(relativeTo directory: String) -> NoticeTarget {
        let sending: NoticeTarget.Way =
            switch way {
            case .slack(let url, let mention): .slack(url: url.reader(relativeTo: directory), mention: mention)
            case .teams(let url): .teams(url: url.reader(relativeTo: directory))
            case .standardWebhooks(let url, let secret):
                .standardWebhooks(url: url.reader(relativeTo: directory)) {
                    try secret.current(relativeTo: directory)
                }
            case .email(let route): .email(route)
            }
        return NoticeTarget(name: name, events: events, way: sending, allowPrivate: allowPrivate)
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

extension NotificationSettings.Address {
    fileprivate func reader(relativeTo directory: String) -> NoticeTarget.Reader {
        switch self {
        case .written(let text): { text }
        case .secret(let reference): { try reference.current(relativeTo: directory) }
        }
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
