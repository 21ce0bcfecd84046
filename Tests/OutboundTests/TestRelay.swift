import Foundation
import NIOCore
import NIOPosix
import Synchronization

@testable import Outbound

/// A mail server on loopback that says what a test tells it to, and keeps what it is told.
final class TestRelay: Sendable {
    /// What it answers to lines that begin with a word; the first that fits counts. Empty says nothing, `nil` hangs up.
    struct Script: Sendable {
        var greeting: String? = "220 relay ready"
        var answers: [(String, String?)] = []

        static let usual: [(String, String?)] = [
            ("EHLO", "250-relay\r\n250-SIZE 1000\r\n250 8BITMIME"), ("HELO", "250 relay"), ("MAIL", "250 2.1.0 Ok"),
            ("RCPT", "250 2.1.5 Ok"), ("DATA", "354 go on"), (".", "250 2.0.0 kept"), ("QUIT", "221 bye"),
        ]
    }

    private let channel: any Channel
    private let seen: Seen

    private final class Seen: Sendable {
        let lines = Mutex<[String]>([])
    }

    /// Every line, mails among them, without its CRLF.
    var lines: [String] { seen.lines.withLock { $0 } }

    func relay() throws -> MailRelay {
        try MailRelay("smtp://127.0.0.1:\(channel.localAddress?.port ?? 0)", allowPrivate: false)
    }

    private init(channel: any Channel, seen: Seen) {
        self.channel = channel
        self.seen = seen
    }

    static func with<Answer: Sendable>(
        _ script: Script = Script(),
        _ body: (TestRelay) async throws -> Answer
    ) async throws -> Answer {
        let seen = Seen()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Handler(script, seen))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let relay = TestRelay(channel: channel, seen: seen)
        do {
            let answer = try await body(relay)
            try await channel.close()
            return answer
        } catch {
            try await channel.close()
            throw error
        }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let script: Script
        private let seen: Seen
        private var pending = ""
        private var isInMail = false

        init(_ script: Script, _ seen: Seen) {
            self.script = script
            self.seen = seen
        }

        func channelActive(context: ChannelHandlerContext) { say(script.greeting, context) }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            pending += String(buffer: unwrapInboundIn(data))
            while let end = pending.firstRange(of: "\r\n") {
                let line = String(pending[..<end.lowerBound])
                pending = String(pending[end.upperBound...])
                seen.lines.withLock { $0.append(line) }
                if isInMail, line != "." { continue }
                isInMail = false
                let all = script.answers + Script.usual
                let answer = all.first { line.hasPrefix($0.0) }?.1
                if line == "DATA", answer?.hasPrefix("354") == true { isInMail = true }
                say(answer, context)
            }
        }

        private func say(_ text: String?, _ context: ChannelHandlerContext) {
            guard let text else {
                context.close(promise: nil)
                return
            }
            if !text.isEmpty { context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text + "\r\n")), promise: nil) }
        }
    }
}
