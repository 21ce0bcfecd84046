import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

@testable import Outbound

/// An HTTP service on loopback that answers every request in the same way and keeps the heads.
final class TestService: Sendable {
    struct Reply: Sendable {
        var status = HTTPResponseStatus.ok
        var headers: [(String, String)] = []
        var body: [UInt8] = []
        /// Never answers.
        var isSilent = false
    }

    private let channel: any Channel
    private let seen: Seen

    final class Seen: Sendable {
        let heads = Mutex<[HTTPRequestHead]>([])
    }

    var port: Int { channel.localAddress?.port ?? 0 }
    var heads: [HTTPRequestHead] { seen.heads.withLock { $0 } }

    private init(channel: any Channel, seen: Seen) {
        self.channel = channel
        self.seen = seen
    }

    static func with<Answer: Sendable>(
        _ reply: Reply = Reply(),
        _ body: (TestService) async throws -> Answer
    ) async throws -> Answer {
        let seen = Seen()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(ChannelOptions.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(reply: reply, seen: seen))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let service = TestService(channel: channel, seen: seen)
        do {
            let answer = try await body(service)
            try await channel.close()
            return answer
        } catch {
            try await channel.close()
            throw error
        }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let reply: Reply
        private let seen: Seen

        init(reply: Reply, seen: Seen) {
            self.reply = reply
            self.seen = seen
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): seen.heads.withLock { $0.append(head) }
            case .body: break
            case .end:
                guard !reply.isSilent else { return }
                var head = HTTPResponseHead(version: .http1_1, status: reply.status)
                for (name, value) in reply.headers { head.headers.add(name: name, value: value) }
                head.headers.replaceOrAdd(name: "content-length", value: "\(reply.body.count)")
                context.write(wrapOutboundOut(.head(head)), promise: nil)
                context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: reply.body)))), promise: nil)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }
        }
    }
}

/// A resolver that gives one answer after the other, the last one for ever.
final class ScriptedResolver: AddressResolver {
    private let answers: Mutex<[[String]]>
    private let asked = Mutex<[String]>([])

    init(_ answers: [[String]]) { self.answers = Mutex(answers) }

    var questions: [String] { asked.withLock { $0 } }

    func addresses(of host: String) async -> [NetworkAddress] {
        asked.withLock { $0.append(host) }
        return answers.withLock { answers in
            let answer = answers.count > 1 ? answers.removeFirst() : answers.first ?? []
            return answer.compactMap { NetworkAddress($0) }
        }
    }
}
