import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// What a ``ScriptedServer`` does with each request.
struct Script: Sendable {
    let answer: @Sendable (ScriptedServer.Request) -> [ScriptedServer.Step]

    init(_ answer: @escaping @Sendable (ScriptedServer.Request) -> [ScriptedServer.Step]) { self.answer = answer }

    /// The same for every request.
    static func always(_ steps: [ScriptedServer.Step]) -> Script { Script { _ in steps } }
}

/// A loopback server that does byte for byte what a test says, faults included. It knows no HTTP but the request's head.
final class ScriptedServer: Sendable {
    struct Request: Sendable {
        let number: Int
        let method: String
        /// As sent, still encoded.
        let target: String
        /// Names in lower case.
        let headers: [String: String]

        var path: String { String(target.prefix { $0 != "?" }) }
    }

    /// What is done with one request; doing nothing leaves it waiting for ever.
    enum Step: Sendable {
        case send(String)
        /// Sends the text again and again, until the other side has had enough.
        case drip(String)
        case close
    }

    private let channel: any Channel
    private let log: Log

    var url: String { "http://127.0.0.1:\(channel.localAddress?.port ?? 0)" }
    /// Every request in the order in which it came.
    var requests: [Request] { log.requests.withLock { $0 } }

    private init(channel: any Channel, log: Log) {
        self.channel = channel
        self.log = log
    }

    /// Runs `body` with a server that follows `script`, and closes the server whatever happens.
    static func run<Value>(_ script: Script, _ body: (ScriptedServer) async throws -> Value) async throws -> Value {
        let log = Log(script: script)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { child in
                child.eventLoop.makeCompletedFuture { try child.pipeline.syncOperations.addHandler(Handler(log: log)) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let server = ScriptedServer(channel: channel, log: log)
        do {
            let value = try await body(server)
            try await channel.close()
            return value
        } catch {
            try await channel.close()
            throw error
        }
    }

    private final class Log: Sendable {
        let requests = Mutex<[Request]>([])
        private let script: Script

        init(script: Script) { self.script = script }

        func steps(for head: String) -> [Step] {
            let lines = head.split(separator: "\r\n")
            let words = lines[0].split(separator: " ")
            var headers: [String: String] = [:]
            for line in lines.dropFirst() {
                let parts = line.split(separator: ":", maxSplits: 1)
                headers[parts[0].lowercased()] = parts[1].drop { $0 == " " }.description
            }
            let request = requests.withLock { requests in
                let request = Request(
                    number: requests.count + 1,
                    method: String(words[0]),
                    target: String(words[1]),
                    headers: headers
                )
                requests.append(request)
                return request
            }
            return script.answer(request)
        }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let log: Log
        private var received = ""
        private var dripping: RepeatedTask?

        init(log: Log) { self.log = log }

        func channelInactive(context: ChannelHandlerContext) {
            dripping?.cancel()
            context.fireChannelInactive()
        }

        private func drip(_ text: String, on channel: any Channel) {
            dripping = channel.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(20)) { _ in
                channel.writeAndFlush(ByteBuffer(string: text), promise: nil)
            }
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            received += String(buffer: unwrapInboundIn(data))
            while let end = received.range(of: "\r\n\r\n") {
                let head = String(received[..<end.lowerBound])
                received = String(received[end.upperBound...])
                for step in log.steps(for: head) {
                    switch step {
                    case .send(let text):
                        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
                    case .drip(let text):
                        drip(text, on: context.channel)
                    case .close:
                        context.close(promise: nil)
                    }
                }
            }
        }
    }
}

extension [ScriptedServer.Step] {
    static func json(_ body: String, status: String = "200 OK", headers: [String] = []) -> Self {
        answer(status, body: body, headers: ["Content-Type: application/json"] + headers)
    }

    static func html(_ status: String, headers: [String] = []) -> Self {
        answer(status, body: "<html><body>Maintenance</body></html>", headers: ["Content-Type: text/html"] + headers)
    }

    static func answer(_ status: String, body: String = "", headers: [String] = []) -> Self {
        let length = status.hasPrefix("204") ? [] : ["Content-Length: \(body.utf8.count)"]
        let head = (["HTTP/1.1 \(status)"] + headers + length).joined(separator: "\r\n")
        return [.send(head + "\r\n\r\n" + body)]
    }
}
