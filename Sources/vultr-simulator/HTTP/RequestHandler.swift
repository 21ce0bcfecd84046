import Foundation
import NIOCore
import NIOHTTP1

/// Reads the requests of one connection and writes their answers.
final class RequestHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    /// Bodies beyond this are cut off with their connection; only control requests have any.
    private static let maximumBodyBytes = 8 * 1024 * 1024

    private let simulator: Simulator
    private var head: HTTPRequestHead?
    private var body = ByteBuffer()
    private var arrival: Int64 = 0
    private var monotonicArrival = NIODeadline.uptimeNanoseconds(0)

    init(simulator: Simulator) { self.simulator = simulator }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body.clear()
            arrival = Int64((Date().timeIntervalSince1970 * 1_000_000).rounded())
            monotonicArrival = .now()
        case .body(var part):
            guard body.readableBytes + part.readableBytes <= Self.maximumBodyBytes else {
                context.close(promise: nil)
                return
            }
            body.writeBuffer(&part)
        case .end:
            guard let head else { return }
            self.head = nil
            let address = context.remoteAddress?.ipAddress ?? "unknown"
            react(simulator.react(to: request(head, address: address)), to: head, on: context.channel)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A client that went away, or that does not speak HTTP: there is nobody to tell.
        context.close(promise: nil)
    }

    private func request(_ head: HTTPRequestHead, address: String) -> APIRequest {
        let parts = head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let authorizations = head.headers["authorization"]
        var secret: String?
        if authorizations.count == 1, authorizations[0].hasPrefix("Bearer ") {
            secret = String(authorizations[0].dropFirst("Bearer ".count))
        }
        return APIRequest(
            method: head.method.rawValue,
            path: String(parts[0]),
            query: parts.count > 1 ? String(parts[1]) : nil,
            secret: secret,
            contentType: head.headers.first(name: "content-type"),
            body: body,
            address: address,
            arrival: arrival,
            monotonicArrival: monotonicArrival
        )
    }

    private func react(_ reaction: Reaction, to head: HTTPRequestHead, on channel: any Channel) {
        let isKeptAlive = head.isKeepAlive
        switch reaction {
        case .silence:
            break
        case .cut(let delay):
            Self.perform(after: delay, on: channel) { $0.close(promise: nil) }
        case .answer(let answer, let delay):
            Self.perform(after: delay, on: channel) { Self.write(answer, isKeptAlive: isKeptAlive, on: $0) }
        }
    }

    private static func perform(
        after delay: Duration,
        on channel: any Channel,
        _ action: @escaping @Sendable (any Channel) -> Void
    ) {
        if delay == .zero {
            action(channel)
        } else {
            channel.eventLoop.scheduleTask(in: .milliseconds(delay.milliseconds)) { action(channel) }
        }
    }

    private static func write(_ answer: Answer, isKeptAlive: Bool, on channel: any Channel) {
        var headers = HTTPHeaders()
        for (name, value) in answer.headers { headers.add(name: name, value: value) }
        if let body = answer.body {
            headers.add(name: "Content-Type", value: answer.contentType)
            headers.add(name: "Content-Length", value: String(body.readableBytes))
        } else if answer.status != 204, answer.status != 304 {
            headers.add(name: "Content-Length", value: "0")
        }
        if !isKeptAlive { headers.add(name: "Connection", value: "close") }
        let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: answer.status), headers: headers)
        channel.write(HTTPServerResponsePart.head(head), promise: nil)
        if let body = answer.body { channel.write(HTTPServerResponsePart.body(.byteBuffer(body)), promise: nil) }
        let end = channel.writeAndFlush(HTTPServerResponsePart.end(nil))
        if !isKeptAlive { end.whenComplete { _ in channel.close(promise: nil) } }
    }
}
