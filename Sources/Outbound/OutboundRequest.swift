import AsyncHTTPClient
public import Foundation
import NIOCore
import NIOPosix

/// One request, to be sent once.
public struct OutboundRequest: Sendable {
    public enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
    }

    public let method: Method
    public let target: OutboundTarget
    /// Without `Host`, `Content-Length` and `User-Agent`, which the client sets.
    public let headers: [(name: String, value: String)]
    public let body: [UInt8]?
    /// Seconds for all of it: resolving the name, connecting, sending, reading the answer.
    public let timeout: TimeInterval

    public static let defaultTimeout: TimeInterval = 10

    public init(
        _ method: Method,
        _ target: OutboundTarget,
        headers: [(name: String, value: String)] = [],
        body: [UInt8]? = nil,
        timeout: TimeInterval = OutboundRequest.defaultTimeout
    ) {
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
        self.timeout = timeout
    }
}

/// An answer of any status; a redirect is one like any other.
public struct OutboundAnswer: Sendable, Equatable {
    public let status: Int
    /// How many seconds the other side asks us to wait, where it says so in whole seconds.
    public let retryAfter: TimeInterval?
    /// At most ``OutboundClient/largestAnswer`` bytes.
    public let body: [UInt8]
}

/// Why there is no answer. Says the host at most: no path, no header, no body.
public struct OutboundError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// Every address of the host is one that the target does not allow.
        case refusedAddress
        case unreachable
        case timedOut
        /// The answer is larger than ``OutboundClient/largestAnswer``.
        case tooLarge
        case cancelled
        /// The connection broke, or what came was no HTTP.
        case broken
    }

    public let code: Code
    public let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    /// What an error of the network means. Texts of libraries are never shown: some of them hold header values.
    init(_ error: any Error, host: String) {
        switch error {
        case let error as OutboundError: self = error
        case is CancellationError, HTTPClientError.cancelled as HTTPClientError:
            self.init(.cancelled, "the call to \(host) was cancelled")
        case is NIOTooManyBytesError:
            self.init(.tooLarge, "the answer of \(host) is larger than \(OutboundClient.largestAnswer) bytes")
        case is NIOConnectionError: self.init(.unreachable, "no connection to \(host)")
        case let error as HTTPClientError: self.init(.broken, "the call to \(host) failed: \(error.shortDescription)")
        case let error as IOError:
            let isRefused = error.errnoCode == ECONNREFUSED
            self.init(isRefused ? .unreachable : .broken, "the connection to \(host) broke (errno \(error.errnoCode))")
        default: self.init(.broken, "the call to \(host) failed (\(type(of: error)))")
        }
    }
}
