import AsyncHTTPClient
public import Foundation
public import Logging
import NIOCore
public import Offboarding

/// The way to Vultr that all keys share: base URL, connections, timeouts and one rate limit.
///
/// Vultr counts requests per source address, so there is one connection a process, and every ``VultrKeyClient`` goes
/// through it. Whoever makes it calls ``shutdown()`` before letting go of it; the HTTP client stops a debug build that
/// does not.
public final class VultrConnection: Sendable {
    /// Where and how fast.
    public struct Configuration: Sendable, Equatable {
        /// `https://HOST[:PORT]`, `/` or `/v2` behind it allowed; `http` for loopback hosts only.
        public var url: String
        /// Requests begun in any sliding second, exceeded by a tenth at most. From 1 to ``mostRequestsPerSecond``.
        public var requestsPerSecond: Int
        /// Seconds until a request that has no whole answer is given up; a third of it for connecting. Above 0, at most
        /// an hour.
        public var timeout: TimeInterval

        public init(url: String = "https://api.vultr.com", requestsPerSecond: Int = 20, timeout: TimeInterval = 30) {
            self.url = url
            self.requestsPerSecond = requestsPerSecond
            self.timeout = timeout
        }
    }

    /// The largest rate that can be configured. Vultr allows 30 an address; more is for simulators.
    public static let mostRequestsPerSecond = 10_000
    /// The most requests under way at the same time, and with them the connections. Waiting happens at the rate limit and
    /// never behind it: requests that queue for a connection would leave all together when one is free.
    static let mostInFlight = 64
    /// Seconds until an unused connection is closed. Shorter than what servers and load balancers in between allow (60 s
    /// and more), because a DELETE that meets a connection just closed counts as perhaps applied.
    static let idleTimeout: TimeInterval = 15
    /// The largest answer that is read, in bytes. A page holds 500 rows at most, so this leaves 32 KiB a row.
    static let largestPage = 16 * 1024 * 1024
    /// The largest error answer that is read, in bytes; its text is cut to 200 characters.
    static let largestErrorBody = 64 * 1024
    /// The longest time in seconds for reading an error's text, which decides nothing.
    static let errorBodyTimeout: TimeInterval = 2
    /// Which part of the timeout connecting may take.
    private static let connectingPart = 3.0

    let base: BaseURL
    let timeout: TimeInterval
    let limiter: RateLimiter
    let time: any TimeSource
    let random: @Sendable () -> Double
    let logger: Logger
    let instruments: VultrInstruments
    let client: HTTPClient

    /// - Parameters:
    ///   - time: The clocks that rate limit and retries use. Timeouts of the network go by the machine's clock.
    ///   - random: Gives numbers from 0 up to, not including, 1, for jitter.
    ///   - instruments: Count each request.
    ///   - logger: Gets one line for each answer at debug, without emails and keys.
    /// - Throws: ``VultrConnectionError`` when the configuration cannot be used.
    public init(
        _ configuration: Configuration,
        time: any TimeSource = SystemTime(),
        random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) },
        instruments: VultrInstruments = VultrInstruments(),
        logger: Logger
    ) throws(VultrConnectionError) {
        base = try BaseURL(configuration.url)
        guard (1...Self.mostRequestsPerSecond).contains(configuration.requestsPerSecond) else {
            throw VultrConnectionError(
                .unusableLimit,
                "vultr.requests_per_second must be from 1 to \(Self.mostRequestsPerSecond)"
            )
        }
        guard configuration.timeout > 0, configuration.timeout <= 3_600 else {
            throw VultrConnectionError(.unusableLimit, "vultr.timeout must be above 0 and at most an hour")
        }
        timeout = configuration.timeout
        limiter = RateLimiter(
            rate: configuration.requestsPerSecond,
            mostInFlight: Self.mostInFlight,
            time: time
        )
        self.time = time
        self.random = random
        self.logger = logger
        self.instruments = instruments
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: Self.settings(timeout: timeout))
    }

    /// Divides ``Configuration/requestsPerSecond`` among so many processes that Vultr takes for one, this one included.
    public func share(among processes: Int) { limiter.share(among: processes) }

    /// Lets no request begin for so many seconds.
    public func pause(seconds: TimeInterval) { limiter.pause(until: time.now().addingTimeInterval(seconds)) }

    /// Closes all connections; requests under way fail as cut.
    public func shutdown() async {
        do {
            try await client.shutdown()
        } catch {
            logger.debug("closing the connections to Vultr failed", metadata: ["error": "\(type(of: error))"])
        }
    }

    private static func settings(timeout: TimeInterval) -> HTTPClient.Configuration {
        var pool = HTTPClient.Configuration.ConnectionPool(idleTimeout: amount(idleTimeout))
        pool.concurrentHTTP1ConnectionsPerHostSoftLimit = mostInFlight
        // A refused connection must come back as one at once. The client would try in silence until its timeout, and
        // outside the rate limit.
        pool.retryConnectionEstablishment = false
        var settings = HTTPClient.Configuration(
            // The key would go wherever the answer says.
            redirectConfiguration: .disallow,
            timeout: .init(connect: amount(timeout / connectingPart), read: amount(timeout)),
            connectionPool: pool,
            // None is asked for either: a small answer that unfolds into a huge one cannot be.
            decompression: .disabled
        )
        // One request a connection at a time: whether a DELETE was sent is clear, and one cut takes one request with it.
        settings.httpVersion = .http1Only
        return settings
    }

    private static func amount(_ seconds: TimeInterval) -> TimeAmount {
        .nanoseconds(Int64(seconds * 1_000_000_000))
    }
}

/// Why a connection to Vultr cannot be set up as configured. Holds no URL: one with a password in it must not be shown.
public struct VultrConnectionError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable, CaseIterable {
        /// Not a URL of the form that is needed.
        case unusableURL
        /// `http` to a host that is not loopback.
        case plainHTTP
        /// A rate or timeout out of range.
        case unusableLimit
    }

    public let code: Code
    /// What is wrong, for people, beginning with the configuration's key.
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
