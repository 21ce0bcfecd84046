import AsyncHTTPClient
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import Offboarding

/// One request, ready to be sent with any key.
struct Call: Sendable {
    enum Method: String, Sendable {
        case get = "GET"
        case delete = "DELETE"
    }

    let endpoint: Endpoint
    /// The path behind `/v2`, encoded, with its query.
    let path: String

    init(_ endpoint: Endpoint, path: String) {
        self.endpoint = endpoint
        self.path = path
    }

    var method: Method { endpoint.isDelete ? .delete : .get }
    /// What is called, with names in place of ids: for logs and errors.
    var name: String { endpoint.rawValue }
    var isSecret: Bool { endpoint.isSecret }
}

/// An answer of any status.
struct Answer: Sendable {
    let status: Int
    let retryAt: Date?
    /// Of use for a GET's 2xx and for errors' texts; empty where it could not be read and is not needed.
    let body: Data
}

extension VultrConnection {
    private struct TimedOut: Error {}

    /// Sends one request, once, and returns the answer whatever its status.
    ///
    /// - Throws: ``VultrError`` when there is no answer; a DELETE that may have reached Vultr says so.
    func exchange(_ call: Call, with secret: Secret, key: String) async throws(VultrError) -> Answer {
        let ticket: Pace.Ticket
        do {
            ticket = try await limiter.begin()
        } catch {
            throw VultrError(.unavailable, message: "\(call.name) was cancelled before it was sent")
        }
        defer { limiter.end(ticket) }
        let began = time.instant()
        do {
            let answer = try await perform(call, with: secret)
            note(call, key: key, outcome: "\(answer.status)", since: began)
            instruments.answered(call.endpoint, status: answer.status, after: (time.instant() - began).seconds)
            if answer.status == HTTPResponseStatus.tooManyRequests.code {
                limiter.pause(until: answer.retryAt ?? time.now().addingTimeInterval(Backoff.afterRateLimit))
            }
            return answer
        } catch {
            let failure = failure(of: call, because: error)
            note(call, key: key, outcome: failure.message, since: began)
            instruments.ended(call.endpoint, Self.ending(error), after: (time.instant() - began).seconds)
            throw failure
        }
    }

    private func perform(_ call: Call, with secret: Secret) async throws -> Answer {
        let (response, page) = try await within(seconds: timeout) {
            // No logger: the HTTP client would show headers at trace level.
            let response = try await self.client.execute(
                self.request(call, with: secret),
                deadline: .distantFuture,
                logger: nil
            )
            guard call.method == .get, (200..<300).contains(response.status.code) else { return (response, Data?.none) }
            return (response, Data(try await response.body.collect(upTo: Self.largestPage).readableBytesView))
        }
        let retryAt = RetryAfter.date(from: response.headers.first(name: "Retry-After"), now: time.now())
        let body = if let page { page } else { await aside(response, of: call) }
        return Answer(status: Int(response.status.code), retryAt: retryAt, body: body)
    }

    private func request(_ call: Call, with secret: Secret) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: base.root + call.path)
        request.method = HTTPMethod(rawValue: call.method.rawValue)
        request.headers = [
            "Authorization": secret.authorization,
            "Accept": "application/json",
            // Also without a body: an answer of 400 to a request without it was seen (reference: API, section 1).
            "Content-Type": "application/json",
            "User-Agent": "vultr-offboard",
        ]
        if let trace = WorkContext.current?.trace { request.headers.add(name: TraceParent.header, value: trace.text) }
        return request
    }

    /// The body of an answer whose status has decided everything. One that is cut, endless or too large is nothing, and
    /// must not turn a known status into a timeout.
    private func aside(_ response: HTTPClientResponse, of call: Call) async -> Data {
        do {
            return try await within(seconds: min(timeout, Self.errorBodyTimeout)) {
                Data(try await response.body.collect(upTo: Self.largestErrorBody).readableBytesView)
            }
        } catch {
            logger.debug(
                "an answer's body was not read",
                metadata: ["call": "\(call.name)", "error": "\(type(of: error))"]
            )
            return Data()
        }
    }

    /// Runs an operation of the network against the machine's clock: the HTTP client's own deadline ends with the head
    /// of the answer, and its read timeout starts again with every byte.
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
            guard let first = try await group.next(), let value = first else { throw TimedOut() }
            return value
        }
    }

    private static func ending(_ error: any Error) -> VultrInstruments.Ending {
        switch error {
        case is TimedOut: .timedOut
        case is CancellationError, HTTPClientError.cancelled as HTTPClientError: .cancelled
        case is NIOTooManyBytesError: .tooLarge
        default: .connection
        }
    }

    /// What a failed exchange means. Texts of the HTTP client's errors are never shown: some of them hold header values.
    private func failure(of call: Call, because error: any Error) -> VultrError {
        let delete = call.method == .delete
        switch error {
        case is TimedOut:
            return VultrError(
                .unavailable,
                message: "\(call.name) had no whole answer within \(timeout) s",
                mayHaveBeenApplied: delete
            )
        case is CancellationError, HTTPClientError.cancelled as HTTPClientError:
            return VultrError(.unavailable, message: "\(call.name) was cancelled", mayHaveBeenApplied: delete)
        case is NIOTooManyBytesError:
            return VultrError(
                .brokenAnswer,
                message: "\(call.name): the answer is larger than \(Self.largestPage) bytes",
                mayHaveBeenApplied: delete
            )
        case let error as HTTPClientError:
            return VultrError(
                .unavailable,
                message: "\(call.name) failed: \(error.shortDescription)",
                mayHaveBeenApplied: delete && !Self.precedesSending(error)
            )
        case is NIOConnectionError:
            return VultrError(.unavailable, message: "\(call.name) failed: no connection to Vultr")
        case let error as IOError:
            return VultrError(
                .unavailable,
                message: "\(call.name) failed: the connection broke (errno \(error.errnoCode))",
                mayHaveBeenApplied: delete && error.errnoCode != ECONNREFUSED
            )
        default:
            return VultrError(
                .unavailable,
                message: "\(call.name) failed: the connection broke (\(type(of: error)))",
                mayHaveBeenApplied: delete
            )
        }
    }

    /// Whether an error of the HTTP client can only come before the first byte of the request left.
    private static func precedesSending(_ error: HTTPClientError) -> Bool {
        let early: [HTTPClientError] = [
            .connectTimeout, .tlsHandshakeTimeout, .getConnectionFromPoolTimeout, .alreadyShutdown, .invalidURL,
            .emptyHost,
            .emptyScheme,
        ]
        return early.contains(error)
    }

    private func note(_ call: Call, key: String, outcome: String, since began: ContinuousClock.Instant) {
        logger.debug(
            "called Vultr",
            metadata: [
                "key": "\(key)", "call": "\(call.name)", "outcome": "\(outcome)",
                "milliseconds": "\(Int((time.instant() - began).seconds * 1_000))",
            ]
        )
    }
}
