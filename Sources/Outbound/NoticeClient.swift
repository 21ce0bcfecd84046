import Foundation
public import Logging
public import Offboarding
import WebhookSignature

/// Sends messages to the targets of the configuration.
public struct NoticeClient: NoticeSender {
    private let client: OutboundClient
    private let mails = MailClient()
    private let configured: [NoticeTarget]
    private let time: any TimeSource
    private let logger: Logger

    /// Tries for which a mail waits for every recipient whom the relay may take later; then the others get theirs.
    static let patientTries = 3

    public init(client: OutboundClient, targets: [NoticeTarget], time: any TimeSource, logger: Logger) {
        self.client = client
        configured = targets
        self.time = time
        self.logger = logger
    }

    public var targets: [(name: String, kinds: [Notice.Kind])] { configured.map { ($0.name, $0.events) } }

    public func send(_ message: NoticeMessage) async throws(NoticeTrouble) {
        guard let target = configured.first(where: { $0.name == message.target }) else {
            throw NoticeTrouble("the target is not configured any more")
        }
        if case .email(let route) = target.way { return try await send(message, by: route) }
        let request: OutboundRequest
        do {
            request = try self.request(message, to: target)
        } catch {
            throw NoticeTrouble("it cannot be made: \(error)")
        }
        let answer: OutboundAnswer
        do throws(OutboundError) {
            answer = try await client.send(request)
        } catch {
            throw NoticeTrouble(error.description)
        }
        switch answer.status {
        case 200..<300: return
        case 300..<400: throw NoticeTrouble("redirected (\(answer.status)), which is not followed")
        default: throw NoticeTrouble("answered with \(answer.status)", retryAfter: answer.retryAfter)
        }
    }

    private func request(_ message: NoticeMessage, to target: NoticeTarget) throws -> OutboundRequest {
        let body: [UInt8]
        let url: String
        var headers = [(name: "Content-Type", value: "application/json")]
        if message.count == 1, let trace = message.notices.first?.trace { headers.append((TraceParent.header, trace)) }
        switch target.way {
        case .slack(let address, let mention):
            url = try address()
            body = try SlackText(message, mention: mention).body
        case .teams(let address):
            url = try address()
            body = try TeamsCard.body(message)
        case .standardWebhooks(let address, let secret):
            url = try address()
            body = try NoticeEvent(message).body
            headers += try signature(of: body, message, secret: secret())
        case .email: throw NoURL()
        }
        let place = try NoticeTarget.target(url, allowPrivate: target.allowPrivate)
        return OutboundRequest(.post, place, headers: headers, body: body)
    }

    private struct NoURL: Error {}

    private func send(_ message: NoticeMessage, by route: MailRoute) async throws(NoticeTrouble) {
        let refused: [Int]
        do {
            refused = try await mails.send(
                NoticeMail(message).mail(from: route.from, to: route.to),
                by: route.relay,
                waitsForAll: message.troubles < Self.patientTries
            )
        } catch let error as MailTrouble {
            throw NoticeTrouble(error.description)
        } catch {
            throw NoticeTrouble("it was cut")
        }
        guard !refused.isEmpty else { return }
        // By position: an address has no place in the log.
        logger.warning(
            "the relay refused recipients of a notice; the others have it",
            metadata: [
                "target": "\(message.target)", "message": "\(message.id)",
                "recipients": "\(refused.map { String($0 + 1) }.joined(separator: ",")) of \(route.to.count)",
            ]
        )
    }

    /// The headers of Standard Webhooks: the id is the message's own, the timestamp that of this try.
    private func signature(
        of body: [UInt8],
        _ message: NoticeMessage,
        secret: String
    ) throws -> [(name: String, value: String)] {
        let verifier = try SignatureVerifier(
            scheme: SignatureScheme(
                headers: ["webhook-signature"],
                algorithm: .sha256,
                encoding: .base64,
                prefix: "v1,",
                content: try ContentTemplate("{id}.{timestamp}.{body}"),
                layout: .list,
                separator: " ",
                secretEncoding: .whsec
            ),
            timestamp: TimestampRule(headers: ["webhook-timestamp"]),
            id: IDRule(headers: ["webhook-id"]),
            secrets: [try Secret(text: secret, encoding: .whsec)]
        )
        return try verifier.sign(body: body, id: message.id.text, timestamp: time.now())
    }
}
