import Foundation
import Offboarding

/// A message as the body of a signed webhook.
///
/// `{"type":"case.held","loud":true,"timestamp":"…","data":{"count":2,"notices":[{"case":"c_…","email":"…",…}]}}`: `count` is how many
/// notices the message stands for, `notices` holds the first of them. `action` is what a person can do.
struct NoticeEvent: Encodable {
    private struct Content: Encodable {
        let count: Int
        let notices: [Item]
    }

    private struct Item: Encodable {
        let id: String
        let at: String
        let sender: String
        let `case`: String?
        let delivery: String?
        let email: String?
        let receivedAt: String?
        let planDigest: String?
        let reason: String
        let action: String?
        let digest: DigestItem?

        enum CodingKeys: String, CodingKey {
            case id, at, sender, `case`, delivery, email, reason, action, digest
            case receivedAt = "received_at"
            case planDigest = "plan_digest"
        }
    }

    private struct DigestItem: Encodable {
        struct Person: Encodable {
            let `case`: String
            let email: String?
            let seconds: Double
        }

        let from: String
        let to: String
        let people: [Person]
        let removed: Int
        let median: Double?
        let withoutAccount: Int
        let dryRuns: Int
        let open: [String: Int]
        let unresolved: Int
        let quarantined: Int
        let back: Int
        let checkpoint: String?

        enum CodingKeys: String, CodingKey {
            case from, to, people, removed, open, unresolved, quarantined, back, checkpoint
            case median = "median_seconds"
            case withoutAccount = "without_account"
            case dryRuns = "dry_runs"
        }

        init(_ digest: Digest) {
            from = NoticeEvent.text(digest.from)
            to = NoticeEvent.text(digest.to)
            people = digest.people.map {
                Person(case: $0.caseID.text, email: $0.email?.text, seconds: $0.seconds)
            }
            removed = digest.removed
            median = digest.median
            withoutAccount = digest.withoutAccount
            dryRuns = digest.dryRuns
            open = digest.open
            unresolved = digest.unresolved
            quarantined = digest.quarantined
            back = digest.back
            checkpoint = digest.checkpoint
        }
    }

    private let type: String
    private let loud: Bool
    private let timestamp: String
    private let data: Content

    init(_ message: NoticeMessage) {
        type = Self.type(of: message.kind)
        loud = message.kind.isLoud
        timestamp = Self.text(message.madeAt)
        data = Content(
            count: message.count,
            notices: message.notices.map { notice in
                Item(
                    id: notice.id.text,
                    at: Self.text(notice.at),
                    sender: notice.sender,
                    case: notice.caseID?.text,
                    delivery: notice.delivery?.text,
                    email: notice.email?.text,
                    receivedAt: notice.receivedAt.map(Self.text),
                    planDigest: notice.planDigest,
                    reason: notice.reason,
                    action: notice.action,
                    digest: notice.digest.map(DigestItem.init)
                )
            }
        )
    }

    var body: [UInt8] {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return Array(try encoder.encode(self))
        }
    }

    static func type(of kind: Notice.Kind) -> String {
        switch kind {
        case .held: "case.held"
        case .attention: "case.attention"
        case .unresolved: "delivery.unresolved"
        case .quarantined: "delivery.quarantined"
        case .refusals: "sender.refusals"
        case .skew: "sender.skew"
        case .back: "case.back"
        case .invitation: "case.invitation"
        case .sweep: "sweep.incomplete"
        case .checkpoint: "audit.checkpoint"
        case .loss: "store.loss"
        case .deadline: "case.deadline"
        case .completed: "case.completed"
        case .digest: "offboarding.digest"
        }
    }

    private static func text(_ date: Date) -> String {
        date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true, timeZone: .gmt))
    }
}

extension Notice {
    /// The command with which a person can act on it.
    var action: String? {
        switch kind {
        case .held where planDigest != nil, .deadline where planDigest != nil:
            caseID.map { id in "vultr-offboard approve \(id)" + (planDigest.map { " --digest \($0)" } ?? "") }
        case .held, .attention, .back, .invitation, .deadline: caseID.map { "vultr-offboard show \($0)" }
        case .unresolved, .quarantined: delivery.map { "vultr-offboard resolve \($0) EMAIL" }
        case .refusals: "vultr-offboard senders show \(sender)"
        case .sweep, .loss: "vultr-offboard check"
        case .checkpoint: "vultr-offboard audit verify --checkpoint CHECKPOINT"
        case .skew, .completed, .digest: nil
        }
    }
}
