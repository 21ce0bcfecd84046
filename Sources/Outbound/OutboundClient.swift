import AsyncHTTPClient
import Foundation
public import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// Sends requests to everybody but Vultr.
///
/// The name of the host is resolved here, each address is checked against what the target allows, and the connection goes
/// to an address that was checked: whoever answers for the name cannot lead us elsewhere in between (DNS rebinding). No
/// redirect is followed, no answer above ``largestAnswer`` is read, and everything ends within the request's time.
///
/// Whoever makes it calls ``shutdown()`` before letting go of it.
public final class OutboundClient: Sendable {
    /// The largest answer that is read, in bytes.
    public static let largestAnswer = 64 * 1024
    /// The most addresses of one name that are tried.
    static let mostAddresses = 3
    /// The most hosts to which connections are kept; the targets are those of a configuration.
    static let mostHosts = 64
    /// Seconds until an unused connection is closed.
    private static let idleTimeout: Int64 = 15

    /// A client whose connections to one host all go to one address.
    private struct Pinned {
        let client: HTTPClient
        let address: NetworkAddress
        /// Requests under way; only an idle one is shut down.
        var users = 0
        var isRetired = false
    }

    private struct State {
        var pinned: [String: [Pinned]] = [:]
        var isShutDown = false
    }

    private let resolver: any AddressResolver
    private let logger: Logger
    private let state = Mutex(State())

    /// - Parameter logger: gets one line for each answer at debug: host and status.
    public convenience init(logger: Logger) { self.init(resolver: SystemResolver(), logger: logger) }

    init(resolver: any AddressResolver, logger: Logger) {
        self.resolver = resolver
        self.logger = logger
    }

    /// Sends a request once.
    ///
    /// - Returns: the answer, whatever its status.
    /// - Throws: ``OutboundError``.
    public func send(_ request: OutboundRequest) async throws(OutboundError) -> OutboundAnswer {
        do {
            let answer = try await within(seconds: request.timeout) { try await self.exchange(request) }
            logger.debug("called out", metadata: ["host": "\(request.target)", "status": "\(answer.status)"])
            return answer
        } catch {
            let error = OutboundError(error, host: request.target.host)
            logger.debug("called out", metadata: ["host": "\(request.target)", "error": "\(error)"])
            throw error
        }
    }

    /// Closes all connections; requests under way fail as cut.
    public func shutdown() async {
        let clients = state.withLock { state in
            state.isShutDown = true
            defer { state.pinned = [:] }
            return state.pinned.values.flatMap { $0.map(\.client) }
        }
        for client in clients { await close(client) }
    }

    private func exchange(_ request: OutboundRequest) async throws -> OutboundAnswer {
        let target = request.target
        let found =
            if let address = NetworkAddress(target.host) { [address] } else {
                await resolver.addresses(of: target.host)
            }
        try Task.checkCancellation()
        guard !found.isEmpty else { throw OutboundError(.unreachable, "the name \(target.host) has no address") }
        let allowed = found.filter(target.allowance.allows).prefix(Self.mostAddresses)
        guard let last = allowed.last else {
            throw OutboundError(.refusedAddress, "\(target.host) leads to an address that is not allowed")
        }
        for address in allowed {
            do {
                return try await exchange(request, at: address)
            } catch let error where address != last && Self.isBeforeSending(error) {
                try Task.checkCancellation()
            }
        }
        throw OutboundError(.unreachable, "no address of \(target.host) was tried")
    }

    private func exchange(_ request: OutboundRequest, at address: NetworkAddress) async throws -> OutboundAnswer {
        let client = try enter(host: request.target.host, address)
        defer { leave(client, host: request.target.host) }
        var sent = HTTPClientRequest(url: request.target.url)
        sent.method = HTTPMethod(rawValue: request.method.rawValue)
        for header in request.headers { sent.headers.add(name: header.name, value: header.value) }
        sent.headers.replaceOrAdd(name: "User-Agent", value: "vultr-offboard")
        if let body = request.body { sent.body = .bytes(ByteBuffer(bytes: body)) }
        // No logger: the HTTP client would show headers at trace level.
        let response = try await client.execute(sent, deadline: .distantFuture, logger: nil)
        let body = try await response.body.collect(upTo: Self.largestAnswer)
        let seconds = response.headers.first(name: "Retry-After").flatMap { Int($0) }
        return OutboundAnswer(
            status: Int(response.status.code),
            retryAfter: seconds.map { TimeInterval(max(0, $0)) },
            body: Array(body.readableBytesView)
        )
    }

    /// A client for one address of a host, kept for as long as the name leads there.
    private func enter(host: String, _ address: NetworkAddress) throws -> HTTPClient {
        let (client, idle) = try state.withLock { state -> (HTTPClient, [HTTPClient]) in
            guard !state.isShutDown else { throw OutboundError(.unreachable, "the client is closed") }
            var idle: [HTTPClient] = []
            if state.pinned.count >= Self.mostHosts, state.pinned[host] == nil {
                for (other, clients) in state.pinned where clients.allSatisfy({ $0.users == 0 }) {
                    idle += clients.map(\.client)
                    state.pinned[other] = nil
                }
            }
            var clients = state.pinned[host] ?? []
            // Those of other addresses go as soon as nobody uses them.
            for index in clients.indices { clients[index].isRetired = clients[index].address != address }
            idle += clients.filter { $0.isRetired && $0.users == 0 }.map(\.client)
            clients.removeAll { $0.isRetired && $0.users == 0 }
            if let index = clients.firstIndex(where: { $0.address == address }) {
                clients[index].users += 1
                state.pinned[host] = clients
                return (clients[index].client, idle)
            }
            let client = Self.client(host: host, address)
            clients.append(Pinned(client: client, address: address, users: 1))
            state.pinned[host] = clients
            return (client, idle)
        }
        for client in idle { Task { await close(client) } }
        return client
    }

    private func leave(_ client: HTTPClient, host: String) {
        let retired = state.withLock { state -> HTTPClient? in
            guard let index = state.pinned[host]?.firstIndex(where: { $0.client === client }) else { return nil }
            state.pinned[host]?[index].users -= 1
            guard let pinned = state.pinned[host]?[index], pinned.isRetired, pinned.users == 0 else { return nil }
            return state.pinned[host]?.remove(at: index).client
        }
        if let retired { Task { await close(retired) } }
    }

    private func close(_ client: HTTPClient) async {
        do {
            try await client.shutdown()
        } catch {
            logger.debug("closing connections failed", metadata: ["error": "\(type(of: error))"])
        }
    }

    private static func client(host: String, _ address: NetworkAddress) -> HTTPClient {
        var pool = HTTPClient.Configuration.ConnectionPool(idleTimeout: .seconds(idleTimeout))
        pool.retryConnectionEstablishment = false
        var settings = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(5), read: .seconds(30)),
            connectionPool: pool,
            // A small answer that unfolds into a huge one cannot be.
            decompression: .disabled
        )
        settings.httpVersion = .http1Only
        // The name stays the one that the certificate is checked for.
        settings.dnsOverride = [host: address.description]
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings)
    }

    /// Whether an error can only come before the first byte of the request left.
    private static func isBeforeSending(_ error: any Error) -> Bool {
        switch error {
        case is NIOConnectionError: true
        case let error as HTTPClientError: error == .connectTimeout || error == .tlsHandshakeTimeout
        case let error as IOError: error.errnoCode == ECONNREFUSED || error.errnoCode == ENETUNREACH
        default: false
        }
    }

    /// Runs an operation against the clock, all of it: resolving, connecting, and reading the answer.
    private func within<Value: Sendable>(
        seconds: TimeInterval,
        _ operation: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await operation() }
            group.addTask {
                try await Task.sleep(for: .seconds(seconds))
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let value = first else {
                throw OutboundError(.timedOut, "had no whole answer within \(seconds) s")
            }
            return value
        }
    }
}
