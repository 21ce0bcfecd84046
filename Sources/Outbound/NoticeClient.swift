import Foundation
public import Offboarding
import WebhookSignature

/// Sends messages to the targets of the configuration.
public struct NoticeClient: NoticeSender {
    private let client: OutboundClient
    private let configured: [NoticeTarget]
    private let time: any TimeSource

    public init(client: OutboundClient, targets: [NoticeTarget], time: any TimeSource) {
        self.client = client
        configured = targets
        self.time = time
    }

    public var targets: [(name: String, kinds: [Notice.Kind])] { configured.map { ($0.name, $0.events) } }

    public func send(_ message: NoticeMessage) async throws(NoticeTrouble) {
        guard let target = configured.first(where: { $0.name == message.target }) else {
            throw NoticeTrouble("the target is not configured any more")
        }
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
        let url = try NoticeTarget.target(target.url(), allowPrivate: target.allowPrivate)
        let body: [UInt8]
        var headers = [(name: "Content-Type", value: "application/json")]
        if message.count == 1, let trace = message.notices.first?.trace { headers.append((TraceParent.header, trace)) }
        switch target.kind {
        case .slack: body = try NoticeText(message).slackBody
        case .standardWebhooks:
            body = try NoticeEvent(message).body
            headers += try signature(of: body, message, target)
        }
        return OutboundRequest(.post, url, headers: headers, body: body)
    }

    /// The headers of Standard Webhooks: the id is the message's own, the timestamp that of this try.
    private func signature(
        of body: [UInt8],
        _ message: NoticeMessage,
        _ target: NoticeTarget
    ) throws -> [(name: String, value: String)] {
        guard let secret = target.secret else { throw SecretMissing() }
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
            secrets: [try Secret(text: secret(), encoding: .whsec)]
        )
        return try verifier.sign(body: body, id: message.id.text, timestamp: time.now())
    }

    private struct SecretMissing: Error, CustomStringConvertible {
        let description = "there is no secret to sign with"
    }
}
