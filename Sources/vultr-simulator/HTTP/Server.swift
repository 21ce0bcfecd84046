import NIOCore
import NIOHTTP1
import NIOPosix

/// The simulator's HTTP listener on the loopback address.
struct Server: Sendable {
    private let group: MultiThreadedEventLoopGroup
    private let channel: any Channel
    let port: Int

    /// Listens on 127.0.0.1.
    ///
    /// - Parameter port: 0 for a free one.
    /// - Throws: the operating system's refusal.
    static func start(_ simulator: Simulator, port: Int) async throws -> Server {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        do {
            let channel = try await ServerBootstrap(group: group)
                .serverChannelOption(.backlog, value: 1024)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
                        try channel.pipeline.syncOperations.addHandler(RequestHandler(simulator: simulator))
                    }
                }
                .bind(host: "127.0.0.1", port: port)
                .get()
            return Server(group: group, channel: channel, port: channel.localAddress?.port ?? port)
        } catch {
            try await group.shutdownGracefully()
            throw error
        }
    }

    /// Closes the listener and all connections, those of unanswered requests too.
    func stop() async throws {
        try await channel.close()
        try await group.shutdownGracefully()
    }
}
